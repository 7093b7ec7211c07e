//! What runs beside the requests: who is there, and who is ready.

use std::time::Duration;

use axum::body::Body;
use axum::http::uri::PathAndQuery;
use axum::http::{Request, StatusCode};
use medcover_http::Stop;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::upstream::{Member, Readiness, Upstream};

/// Where an instance says whether requests should be sent to it.
const READY: PathAndQuery = PathAndQuery::from_static("/api/v1/health/ready");
/// How long it may take to say so.
const READY_WITHIN: Duration = Duration::from_secs(1);
/// The first pause before the registry is asked once more, as long as nobody is known: a process that starts may ask it before
/// the way there is open, and is asked itself by then.
const ASK_AGAIN: Duration = Duration::from_millis(100);

impl Upstream {
    /// Asks the registry for instances and the instances whether they are ready, every so often, until `stop`.
    pub async fn run(self, mut stop: Stop) {
        let clock = &self.shared.clock;
        let (mut discover_at, mut ask_again) = (Duration::ZERO, ASK_AGAIN);
        loop {
            let now = clock.elapsed();
            let config = self.config();
            let allowed = self.shared.is_allowed();
            if allowed && (now >= discover_at || !self.knows_anybody()) {
                self.shared.discover().await;
                discover_at = now.saturating_add(config.discover_every());
            }
            if allowed {
                self.check().await;
            }
            let pause = if allowed && !self.knows_anybody() {
                let pause = ask_again.min(config.discover_every());
                ask_again = pause * 2;
                pause
            } else {
                ask_again = ASK_AGAIN;
                config.check_every()
            };
            tokio::select! {
                () = stop.draining() => return,
                () = sleep(self.jittered(pause)) => {}
            }
        }
    }

    fn knows_anybody(&self) -> bool {
        !self.shared.instances.status().is_empty()
    }

    /// Checks every instance, all at once.
    async fn check(&self) {
        let instances = &self.shared.instances;
        let mut checks = JoinSet::new();
        for status in instances.status() {
            let member = status.instance;
            checks.spawn(async { (readiness(&member).await, member) });
        }
        while let Some(checked) = checks.join_next().await {
            if let Ok((found, member)) = checked {
                instances.checked(&member, found);
            }
        }
    }

    /// Between four and six fifths of `pause`, so that not all processes ask at the same moment.
    fn jittered(&self, pause: Duration) -> Duration {
        let spread = u64::try_from(pause.as_nanos() / 5 * 2).unwrap_or(u64::MAX);
        pause / 5 * 4 + Duration::from_nanos(self.shared.rng.below(spread))
    }
}

async fn readiness(member: &Member) -> Readiness {
    let asked = member.target().way.send(Request::new(Body::empty()), READY);
    match timeout(READY_WITHIN, asked).await {
        // Whoever says that we ask too often is there.
        Ok(Ok(answer)) if answer.status() == StatusCode::TOO_MANY_REQUESTS => Readiness::Ready,
        Ok(Ok(answer)) if answer.status().is_success() => Readiness::Ready,
        Ok(Ok(_)) => Readiness::NotReady,
        Ok(Err(_)) | Err(_) => Readiness::Silent,
    }
}
