//! The consumer of the queue: it tells people of transfers.

use async_trait::async_trait;
use medcover_kernel::Caller;
use medcover_store::{Append, Change, Context, Delivery, RowChange};
use medcover_workflow::queue::{Failure, Handled, Handler};

use super::tables::NOTICES;
use super::{SERVICE, Transferred};

/// Work for [`Notices`].
pub const NOTICES_QUEUE: &str = "notices";

/// Tells of a transfer, and notes that it did.
pub struct Notices;

#[async_trait]
impl Handler for Notices {
    async fn handle(&self, delivery: &Delivery) -> Result<Handled, Failure> {
        let told: Transferred = delivery
            .payload
            .read()
            .map_err(|error| Failure::reject(error.to_string()))?;
        let told = RowChange {
            tenant: delivery.tenant(),
            table: &NOTICES,
            key: vec![told.transfer.into()],
            change: Change::Patch {
                set: Vec::new(),
                add: vec![("times", 1)],
            },
        };
        let context = Context::handling(delivery, Caller::Service(SERVICE));
        Ok(Append::new(context).row(told).into())
    }
}
