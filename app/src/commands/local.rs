//! The terminology service over the data folder, for commands that answer by themselves.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use medcover_contract_terminology::TerminologyApi;
use medcover_kernel::{Call, Clock, SystemRng};
use medcover_terminology::{Deps, Terminology, TerminologyConfig};

use super::AtHand;

/// A person waits no longer than this.
const PATIENCE: Duration = Duration::from_secs(30);

/// The service, and the call of the person at the terminal.
pub(super) struct Local {
    pub(super) service: Arc<dyn TerminologyApi>,
    pub(super) call: Call,
}

impl Local {
    pub(super) fn open(at_hand: &AtHand) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(at_hand.clock);
        let call = Call::operator(PATIENCE, &*clock, &SystemRng);
        let terminology = Terminology::new(Deps {
            config: TerminologyConfig {
                count_searches: false,
                ..at_hand.settings.value.terminology.clone()
            },
            data: at_hand.settings.value.data.dir.clone(),
            clock,
            metrics: Arc::default(),
            store: None,
            tables: None,
            cache: None,
        });
        Self {
            service: terminology.api(),
            call,
        }
    }

    /// Waits for an answer of the service. It computes and never waits, so this thread does all of it.
    pub(super) fn answer<T>(asked: impl Future<Output = medcover_kernel::Result<T>>) -> Result<T> {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        Ok(runtime.block_on(asked)?)
    }
}
