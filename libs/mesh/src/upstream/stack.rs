//! The way of a request through an upstream: every layer, in order, in one place.
//!
//! 0. **Egress.** Where this process may not send, nothing leaves.
//! 1. **Deadline.** Nothing begins, waits or goes on beyond the caller's deadline, less what the answer's way home takes.
//! 2. **Replay.** A small body is kept, so that it can be sent again; a larger one is sent once.
//! 3. **Budget.** Every request pays a tenth of a retry in. When all fails, the load on what fails grows by that and no more.
//! 4. **Balancer.** Chooses an instance that was not tried yet, is ready, and is not put aside; where none is known, the
//!    request waits a moment for one to join.
//! 5. **Breaker.** Each instance has one. Whose breaker is open is passed over; where all are, the request is refused.
//! 6. **Hedge.** A question that takes long is asked of a second instance, out of the same budget. Off unless set.
//! 7. **Try time-out.** A try that takes too long is given up for another one, never for nothing: where there can be no other
//!    try, it has until the deadline.
//! 8. **Verdict.** What came tells breaker and balancer how the instance does. A call that its caller gave up tells nothing.
//! 9. **Retry.** What failed is tried again after a pause by chance, where that does no harm. `Retry-After` is waited for
//!    unless there is another instance, which did not ask for it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Body;
use axum::http::uri::PathAndQuery;
use axum::http::{Request, Response, StatusCode};
use medcover_http::Unanswered;
use medcover_kernel::Deadline;
use medcover_resilience::{FailedAttempt, NoRetry, Repeat};
use tokio::time::{sleep, timeout};

use super::going::Going;
use super::instances::{Member, Nobody};
use super::lease::Lease;
use super::outbound::Outbound;
use super::verdict::Verdict;
use super::{
    EGRESS_NOT_LISTED, Sending, Shared, answer, circuit_open, no_instance, not_listed, verdict,
};

/// So many requests wait for an instance at most.
const MOST_WAITING: usize = 1_000;

type Answer = Result<Response<Body>, Unanswered>;

/// What comes after an attempt.
enum Next {
    /// The answer, or that there is none.
    Done(Answer),
    /// Another attempt, after this pause.
    Again(Duration),
}

impl Shared {
    pub(super) async fn exchange(
        &self,
        request: Request<Body>,
        path: PathAndQuery,
        deadline: Deadline,
    ) -> Answer {
        if !self.is_allowed() {
            self.counts.not_listed.add();
            tracing::warn!(
                upstream = &*self.service,
                reason = EGRESS_NOT_LISTED,
                "a request was not sent"
            );
            return Err(not_listed());
        }
        let Ok(outbound) = timeout(self.left(deadline), Outbound::of(request, path)).await else {
            return Err(Unanswered::late("the request's own body did not end"));
        };
        let mut exchange = Exchange {
            up: self,
            sending: self.sending(),
            outbound: outbound?,
            deadline,
            tried: Vec::new(),
            number: 1,
        };
        self.counts.requests.add();
        self.budget.deposit(self.clock.elapsed());
        loop {
            match exchange.attempt().await {
                Next::Done(answer) => return answer,
                Next::Again(pause) => sleep(pause).await,
            }
            exchange.number += 1;
        }
    }

    /// What is left for asking: the way home takes the rest.
    fn left(&self, deadline: Deadline) -> Duration {
        let left = deadline.left(self.clock.elapsed());
        left.saturating_sub(self.sending.load().time.margin)
    }

    /// An instance to ask, now or in a moment.
    async fn pick(&self, tried: &[Member], deadline: Deadline) -> Result<Lease, Unanswered> {
        let within = self.sending.load().config.wait().min(self.left(deadline));
        let waiting = async {
            if !self.discovered.load(Ordering::Acquire) {
                self.discover().await;
            }
            loop {
                let changed = self.instances.changed.notified();
                match self.instances.acquire(tried) {
                    Ok(lease) => return Ok(lease),
                    Err(Nobody::Closed(after)) => {
                        self.counts.circuit_open.add();
                        return Err(circuit_open(after));
                    }
                    Err(Nobody::Known) => {}
                }
                let Some(_waits) = Waiting::of(self) else {
                    self.counts.no_instance.add();
                    return Err(no_instance());
                };
                changed.await;
            }
        };
        let picked = timeout(within, waiting).await;
        picked.unwrap_or_else(|_| {
            self.counts.no_instance.add();
            Err(no_instance())
        })
    }
}

/// A place among those that wait.
struct Waiting<'a>(&'a Shared);

impl<'a> Waiting<'a> {
    fn of(up: &'a Shared) -> Option<Self> {
        let before = up.waiting.fetch_add(1, Ordering::Relaxed);
        let place = Self(up);
        (before < MOST_WAITING).then_some(place)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One request with all its attempts.
struct Exchange<'a> {
    up: &'a Shared,
    /// As it was when the request began.
    sending: Arc<Sending>,
    outbound: Outbound,
    deadline: Deadline,
    tried: Vec<Member>,
    /// Of the present attempt; 1 is the first.
    number: u32,
}

impl Exchange<'_> {
    async fn attempt(&mut self) -> Next {
        let up = self.up;
        let attempts = (self.sending.retry.retries + 2).saturating_sub(self.number);
        let now = up.clock.elapsed();
        let Ok(per_try) = self.sending.time.of_attempt(self.deadline, now, attempts) else {
            return Next::Done(Err(Unanswered::late("no time is left for asking")));
        };
        let lease = match up.pick(&self.tried, self.deadline).await {
            Ok(lease) => lease,
            Err(refused) => return Next::Done(Err(refused)),
        };
        let mut going = Going::default();
        self.send(&mut going, lease);
        self.answered(going, per_try).await
    }

    fn send(&mut self, going: &mut Going, lease: Lease) {
        self.tried.push(lease.member());
        let left = self.up.left(self.deadline);
        going.start(lease, self.outbound.request(left));
    }

    /// Waits for an answer to what is `going`.
    async fn answered(&mut self, mut going: Going, per_try: Duration) -> Next {
        let hedge_after = self.sending.hedge_after.filter(|_| self.may_hedge());
        let mut hedges = hedge_after.is_some();
        let hedge = sleep(hedge_after.unwrap_or_default());
        let try_over = sleep(per_try);
        let over = sleep(self.up.left(self.deadline));
        tokio::pin!(hedge, try_over, over);
        let mut patient = false;
        loop {
            tokio::select! {
                biased;
                (lease, answer) = going.next() => {
                    if let Some(next) = self.judged(lease, answer, &going) {
                        return next;
                    }
                }
                () = &mut over => {
                    going.give_up();
                    return Next::Done(Err(Unanswered::late("no answer came before the deadline")));
                }
                () = &mut try_over, if !patient => match self.again(self.outbound.repeat(), None) {
                    Ok(pause) => {
                        going.give_up();
                        return Next::Again(pause);
                    }
                    Err(_) => patient = true,
                },
                () = &mut hedge, if hedges => {
                    hedges = false;
                    self.hedge(&mut going);
                }
            }
        }
    }

    /// What comes after an answer, or after there is none; nothing while another one is on its way.
    fn judged(&self, lease: Lease, answer: Answer, going: &Going) -> Option<Next> {
        let verdict = match &answer {
            Ok(answer) => Verdict::of_answer(answer),
            Err(error) => Verdict::of_none(error),
        };
        if let Ok(answer) = &answer
            && let Some(pause) = self.first_still_runs(answer)
        {
            lease.end(verdict);
            return Some(Next::Again(pause));
        }
        if !verdict.is_failure() {
            return Some(Next::Done(answer.map(|it| answer::carried(it, lease))));
        }
        lease.end(verdict);
        if !going.is_empty() {
            return None;
        }
        let unsent = answer.as_ref().is_err_and(Unanswered::is_unsent);
        let repeat = match self.outbound.repeat() {
            Repeat::Unsafe if unsent => Repeat::NeverSent,
            repeat => repeat,
        };
        Some(match self.again(repeat, verdict.retry_after()) {
            Ok(pause) => Next::Again(pause),
            Err(_) => Next::Done(answer),
        })
    }

    /// The pause before another attempt, where an earlier one under the same key was given up and still runs. Its answer is
    /// the one that is wanted.
    fn first_still_runs(&self, answer: &Response<Body>) -> Option<Duration> {
        if self.number == 1 || answer.status() != StatusCode::CONFLICT {
            return None;
        }
        let after = verdict::retry_after(answer.headers())?;
        self.again(self.outbound.repeat(), Some(after)).ok()
    }

    /// The pause before another attempt, which is then paid for; or why there is none.
    fn again(&self, repeat: Repeat, retry_after: Option<Duration>) -> Result<Duration, NoRetry> {
        let up = self.up;
        let has_other = up.instances.has_other(&self.tried);
        let failed = FailedAttempt {
            number: self.number,
            repeat,
            replayable: self.outbound.is_replayable(),
            retry_after: retry_after.filter(|_| !has_other),
            left: up.left(self.deadline),
        };
        let now = up.clock.elapsed();
        let policy = &self.sending.retry;
        let decided = up.budget.decide(policy, &failed, now, &*up.rng);
        match decided {
            Ok(_) => up.counts.retries.add(),
            Err(reason) => up.counts.not_retried(reason).add(),
        }
        decided
    }

    fn may_hedge(&self) -> bool {
        self.number == 1 && self.outbound.is_question()
    }

    /// Asks a second instance, where there is one and the budget pays for it.
    fn hedge(&mut self, going: &mut Going) {
        let up = self.up;
        if !up.instances.has_other(&self.tried) || !up.budget.spend(up.clock.elapsed()) {
            return;
        }
        let Ok(lease) = up.instances.acquire(&self.tried) else {
            return;
        };
        up.counts.hedges.add();
        self.send(going, lease);
    }
}
