//! One call to one instance, which is given back however it ends.

use std::sync::Arc;
use std::time::Duration;

use medcover_resilience::{Pick, Ticket, Transition};

use super::instances::{Instances, Member};
use super::verdict::Verdict;

/// Leave to make one call to an instance. Dropped, it says that the caller went away: both the breaker's ticket and the
/// balancer's pick go back.
pub(crate) struct Lease {
    instances: Arc<Instances>,
    held: Option<(Pick<Member>, Ticket)>,
    began: Duration,
    /// How long the answer took to begin, once it has.
    took: Option<Duration>,
}

impl Lease {
    pub(super) fn new(
        instances: Arc<Instances>,
        pick: Pick<Member>,
        ticket: Ticket,
        began: Duration,
    ) -> Self {
        Self {
            instances,
            held: Some((pick, ticket)),
            began,
            took: None,
        }
    }

    /// Who is asked.
    pub(crate) fn member(&self) -> Member {
        let (pick, _) = self.held.as_ref().expect("held until it is ended");
        pick.instance.clone()
    }

    /// The service that the instance is of.
    pub(super) fn service(&self) -> &str {
        &self.instances.service
    }

    /// Notes that the answer has begun: what its reader takes for the rest of it is not the instance's time.
    pub(crate) fn begins(&mut self) {
        let now = self.instances.clock.elapsed();
        self.took = Some(now.saturating_sub(self.began));
    }

    /// Gives it back.
    pub(crate) fn end(mut self, verdict: Verdict) {
        self.settle(verdict);
    }

    fn settle(&mut self, verdict: Verdict) {
        let Some((pick, ticket)) = self.held.take() else {
            return;
        };
        let now = self.instances.clock.elapsed();
        let took = self.took.unwrap_or(now.saturating_sub(self.began));
        let changed = ticket.record(verdict.result(), took, now);
        let target = pick.instance.target();
        match verdict {
            Verdict::Answered => target.counts.answers(),
            Verdict::Failed => target.counts.failed.add(),
            Verdict::Overloaded(_) => target.counts.overloaded.add(),
            Verdict::NotTheirs => target.counts.cancelled.add(),
        }
        if verdict.is_failure() {
            target.counts.fails(self.instances.clock.now());
        }
        if let Some(Transition { from, to }) = changed {
            let (upstream, instance) = (&*self.instances.service, &*target.address);
            tracing::warn!(upstream, instance, ?from, ?to, "a circuit breaker changed");
        }
        self.instances.finish(&pick, verdict.end(), took, now);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.settle(Verdict::NotTheirs);
    }
}
