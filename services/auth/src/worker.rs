//! What runs beside the requests.

use std::sync::Arc;
use std::time::Duration;

use medcover_http::Stop;
use medcover_store::Position;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::app::AuthService;

/// How often is looked whether a signing key is due: far more often than keys may be late.
const LOOK_EVERY: Duration = Duration::from_mins(1);
/// After the store could not be read, it gets this long.
const PAUSE: Duration = Duration::from_secs(1);

/// Makes signing keys in time.
#[derive(Debug)]
pub struct KeyKeeper {
    service: Arc<AuthService>,
}

impl KeyKeeper {
    pub(crate) const fn new(service: Arc<AuthService>) -> Self {
        Self { service }
    }

    /// Runs until `stop`.
    pub async fn run(self, mut stop: Stop) {
        let mut ticks = interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.draining() => return,
                _ = ticks.tick() => {}
            }
            if let Err(error) = self.service.make_due_keys().await {
                tracing::error!(cause = %error, "signing keys could not be looked after");
            }
        }
    }
}

/// Follows the log, so that what another process ends is refused here at once too.
#[derive(Debug)]
pub struct Follower {
    service: Arc<AuthService>,
}

impl Follower {
    pub(crate) const fn new(service: Arc<AuthService>) -> Self {
        Self { service }
    }

    /// Runs until `stop`.
    pub async fn run(self, mut stop: Stop) {
        let mut head = self.service.head();
        let mut at = None;
        loop {
            head.mark_unchanged();
            let pause = match self.advance(at).await {
                Ok(reached) => {
                    at = Some(reached);
                    None
                }
                Err(error) => {
                    tracing::error!(cause = %error, "the log could not be followed");
                    Some(PAUSE)
                }
            };
            let next = async {
                match pause {
                    Some(pause) => {
                        sleep(pause).await;
                        true
                    }
                    None => head.changed().await.is_ok(),
                }
            };
            tokio::select! {
                () = stop.draining() => return,
                goes_on = next => if !goes_on { return },
            }
        }
    }

    async fn advance(&self, at: Option<Position>) -> medcover_kernel::Result<Position> {
        match at {
            Some(at) => self.service.follow(at).await,
            None => self.service.catch_up().await,
        }
    }
}
