//! The consumer of the bus: it keeps statements and turnover.

use std::sync::Arc;

use async_trait::async_trait;
use medcover_kernel::{Caller, Clock, Rng};
use medcover_store::{Append, Context, Projection as _, Recorded, Store};
use medcover_workflow::bus::{Subscriber, Subscription};
use medcover_workflow::queue::{Failure, WorkerConfig};

use super::SERVICE;
use super::tables::Statements;

/// The name of the consumer, of its queue and of its marks.
pub const STATEMENTS_QUEUE: &str = "statements";

#[async_trait]
impl Subscriber for Statements {
    async fn on(&self, event: &Recorded) -> Result<Append, Failure> {
        let mut append = Append::new(Context::after(event, Caller::Service(SERVICE)));
        append.rows = self.apply(&event.event);
        Ok(append)
    }
}

/// The subscription that has `subscriber` keep the statements; `config` is that of the queue [`STATEMENTS_QUEUE`].
pub fn statements(
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    subscriber: Arc<dyn Subscriber>,
    config: WorkerConfig,
) -> Subscription {
    let patterns = ["account.*", "hold.*", "credit.*"];
    let patterns = patterns.map(|text| text.parse().expect("a pattern"));
    Subscription::of_log(store, clock, rng, patterns.into(), subscriber, config)
}
