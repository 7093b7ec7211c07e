//! A request: its tries, its time, its breaker.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use medcover_resilience::{CallResult, FailedAttempt, Repeat};
use redis::{Script, Value};
use tokio::time::timeout;

use crate::client::Shared;
use crate::connection::{Connection, Lineage};
use crate::error::{Fault, RedisError};
use crate::node::{Lent, Node};
use crate::request::{Ask, From, Request};
use crate::supervisor::wait_for_change;

/// An answer, and the lineage of who gave it.
type Answer = (Value, Lineage);

impl Shared {
    pub(crate) async fn ask(
        &self,
        ask: Ask<'_>,
        build: &(dyn Fn(&Lineage) -> Request + Send + Sync),
    ) -> std::result::Result<Answer, RedisError> {
        let began = self.clock.elapsed();
        let within = ask.within.unwrap_or(self.config.timeout());
        self.budget.deposit(began);
        let (mut number, mut now) = (1, began);
        loop {
            let left = within.saturating_sub(now.saturating_sub(began));
            let (outcome, ended) = self.attempt(ask, build, left, now).await?;
            let fault = match outcome {
                Ok(answer) => {
                    self.counts.answers(ended.saturating_sub(began));
                    return Ok(answer);
                }
                Err(fault) => fault,
            };
            let Some(pause) = self.pause(&fault, number, ask.repeatable, began, within) else {
                self.counts.failures.fetch_add(1, Ordering::Relaxed);
                return Err(fault.into());
            };
            self.counts.retries.fetch_add(1, Ordering::Relaxed);
            number += 1;
            Box::pin(wait_for_change(self, pause)).await;
            now = self.clock.elapsed();
        }
    }

    /// Before which pause it is tried again, if it is.
    fn pause(
        &self,
        fault: &Fault,
        number: u32,
        repeatable: bool,
        began: Duration,
        within: Duration,
    ) -> Option<Duration> {
        let repeat = match fault {
            Fault::Refused(_) | Fault::NoScript => return None,
            Fault::NotDone(_) => Repeat::NeverSent,
            Fault::Unknown(_) if repeatable => Repeat::Safe,
            Fault::Unknown(_) => Repeat::Unsafe,
        };
        let now = self.clock.elapsed();
        let failed = FailedAttempt {
            number,
            repeat,
            replayable: true,
            retry_after: None,
            left: within.saturating_sub(now.saturating_sub(began)),
        };
        self.budget
            .decide(&self.retry, &failed, now, &*self.rng)
            .ok()
    }

    /// One attempt, that begins at `began`, and when it ended; fails at once where nobody is to be asked.
    async fn attempt(
        &self,
        ask: Ask<'_>,
        build: &(dyn Fn(&Lineage) -> Request + Send + Sync),
        left: Duration,
        began: Duration,
    ) -> std::result::Result<(std::result::Result<Answer, Fault>, Duration), RedisError> {
        let permit = self.breaker.try_acquire(began);
        let permit = permit.map_err(|_| RedisError::Open)?;
        let outcome = self.send(ask, build, left).await;
        let now = self.clock.elapsed();
        let result = match &outcome {
            Ok(_) | Err(Fault::Refused(_) | Fault::NoScript) => CallResult::Success,
            Err(_) => CallResult::Failure,
        };
        if let Some(change) = permit.record(result, now.saturating_sub(began), now) {
            tracing::warn!(breaker = "redis", from = ?change.from, to = ?change.to, "a circuit breaker changed");
        }
        Ok((outcome, now))
    }

    async fn send(
        &self,
        ask: Ask<'_>,
        build: &(dyn Fn(&Lineage) -> Request + Send + Sync),
        time: Duration,
    ) -> std::result::Result<Answer, Fault> {
        let node = self.pick(ask.from)?;
        let lent = match node.lend_open() {
            Some(lent) => lent,
            None => Box::pin(self.lend(&node, time)).await?,
        };
        let mut connection = lent.connection();
        let request = build(connection.lineage());
        let answered = match timeout(time, send(&mut connection, &request, ask.scripts)).await {
            Ok(answered) => answered,
            Err(_) => Err(Fault::Unknown("it did not answer in time".into())),
        };
        // A link that has fallen silent, or leads to a server that is no primary any more, serves nobody.
        if let Err(Fault::NotDone(_) | Fault::Unknown(_)) = answered {
            lent.discard();
        }
        Ok((answered?, connection.lineage().clone()))
    }

    fn pick(&self, from: From) -> std::result::Result<Arc<Node>, Fault> {
        let picked = self.topology.load().pick(from);
        picked.ok_or_else(|| Fault::NotDone("no primary is known".into()))
    }

    /// A connection to `node` within `time`; to the primary where a replica cannot be reached.
    async fn lend(&self, node: &Arc<Node>, time: Duration) -> std::result::Result<Lent, Fault> {
        let lending = async {
            match node.lend().await {
                Err(_) if !node.is_primary() => self.pick(From::Primary)?.lend().await,
                lent => lent,
            }
        };
        let late = |_| Fault::NotDone("no connection was free in time".into());
        timeout(time, lending).await.map_err(late)?
    }
}

/// Sends `request`; where the server does not know a script, gives it `scripts` and sends it again.
async fn send(
    connection: &mut Connection,
    request: &Request,
    scripts: &[&Script],
) -> std::result::Result<Value, Fault> {
    let sent = connection.send(request).await;
    match sent.map_err(|cause| Fault::of(&cause)) {
        // Boxed, as all that happens seldom here: so the future of a request is small, and quickly moved.
        Err(Fault::NoScript) => Box::pin(teach(connection, request, scripts)).await,
        answered => answered,
    }
}

async fn teach(
    connection: &mut Connection,
    request: &Request,
    scripts: &[&Script],
) -> std::result::Result<Value, Fault> {
    for script in scripts {
        let loaded = script.load_async(connection.link()).await;
        loaded.map_err(|cause| Fault::of(&cause))?;
    }
    let sent = connection.send(request).await;
    sent.map_err(|cause| Fault::of(&cause))
}
