//! Drives a run: the intent is written, the attempt made, the outcome written.

use async_trait::async_trait;
use medcover_kernel::{Call, Caller, IdempotencyKey, SagaId};
use medcover_saga::{Attempt, Decision, Direction, Effect, Event, Input, Outcome, StepId, decide};
use medcover_store::{
    Append, CanonicalJson, CommitError, Context, Delivery, Outcome as Settled, StoreError, limits,
};
use medcover_telemetry::{Context as Telling, TracePlace};

use super::log::{LoadError, Run, WakeUp, key_stream, stream_of};
use super::spans::{span_of_attempt, span_of_run, told_of_attempt, told_of_run};
use super::{SagaView, Sagas, StepCall};
use crate::queue::{Failure, Handled, Handler};

#[async_trait]
impl Handler for Sagas {
    /// Drives the run until it waits or is over.
    async fn handle(&self, delivery: &Delivery) -> Result<Handled, Failure> {
        let wake: WakeUp = delivery.payload.read().map_err(Failure::unknown)?;
        self.drive(delivery, wake.saga).await?;
        Ok(Handled::Acknowledged)
    }
}

impl Sagas {
    async fn drive(&self, delivery: &Delivery, saga: SagaId) -> Result<(), Failure> {
        let run = self.load_again(delivery, saga).await?;
        let span = span_of_run(&self.observer.tracer(), &run);
        // The undertaking is that of the run, whatever woke it.
        let telling = Telling {
            correlation: Some(run.correlation),
            ..Telling::current()
        };
        let driving = span.around(self.drive_on(delivery, run), told_of_run);
        telling.around(driving).await
    }

    async fn drive_on(&self, delivery: &Delivery, mut run: Run) -> Result<(), Failure> {
        let mut input = Input::Wake;
        loop {
            match self.decided(delivery, &mut run, &input).await? {
                Effect::Run(attempt) => {
                    let outcome = self.make(&run, delivery, attempt).await;
                    let attempt = attempt.token();
                    input = Input::Report { attempt, outcome };
                }
                // Somebody took the run over meanwhile. Look at it once more, so that a wake-up is left behind.
                Effect::Superseded => input = Input::Wake,
                Effect::Sleep(_) | Effect::Rest => return Ok(()),
            }
        }
    }

    async fn load_again(&self, delivery: &Delivery, saga: SagaId) -> Result<Run, Failure> {
        let loaded = self.load(delivery.tenant(), saga).await;
        loaded.map_err(|error| match error {
            // A node of another release knows it, or how to read it. Where none does, its wake-up is all that a run has.
            LoadError::Unknown { .. } | LoadError::Store(StoreError::Corrupt(_)) => {
                Failure::retry(error.to_string())
            }
            LoadError::NotFound(_) => Failure::reject(error.to_string()),
            LoadError::Store(error) => error.into(),
        })
    }

    /// Decides and keeps the decision; on a conflict, on what stands there by then.
    async fn decided(
        &self,
        delivery: &Delivery,
        run: &mut Run,
        input: &Input,
    ) -> Result<Effect, Failure> {
        for _ in 0..limits::DECISIONS {
            let definition = run.saga.definition();
            let now = self.clock.now();
            let decision = decide(definition, &run.state, input.clone(), now, &*self.rng);
            match self.keep(delivery, run, &decision).await? {
                Kept::Yes => return Ok(decision.effect),
                Kept::Conflict => *run = self.load_again(delivery, run.id).await?,
            }
        }
        Err(Failure::retry("the run changes faster than it is driven"))
    }

    async fn keep(
        &self,
        delivery: &Delivery,
        run: &mut Run,
        decision: &Decision,
    ) -> Result<Kept, Failure> {
        let goes_on = matches!(decision.effect, Effect::Run(_) | Effect::Superseded);
        if goes_on && decision.events.is_empty() {
            return Ok(Kept::Yes);
        }
        let mut append = Append::new(self.context(delivery, run));
        if !goes_on {
            append = append.settle(delivery.settled(Settled::Done));
        }
        if let Effect::Sleep(Some(until)) = decision.effect {
            append = append.send(self.wake_up(run.id, Some(until)));
        }
        let append = self.log_to(append, run, &decision.events).await?;
        match self.store.commit(append).await {
            Ok(receipt) => {
                if let Some(version) = receipt.versions.first() {
                    run.version = *version;
                }
                run.state
                    .apply_all(run.saga.definition(), &decision.events)
                    .expect("a decision fits the state on which it was made");
                self.note_ends(run.saga.definition().name(), &decision.events);
                Ok(Kept::Yes)
            }
            Err(CommitError::Conflict { .. }) => Ok(Kept::Conflict),
            Err(error) => Err(error.into()),
        }
    }

    /// Adds entries to the run's log, and what follows from them: rows, and the release of its key at its end.
    pub(super) async fn log_to(
        &self,
        append: Append,
        run: &Run,
        events: &[Event],
    ) -> Result<Append, Failure> {
        if events.is_empty() {
            return Ok(append);
        }
        let new = self
            .new_events(events)
            .map_err(|error| Failure::reject(error.to_string()))?;
        let mut append = append.write(stream_of(run.id), run.version, new);
        if let Some(key) = run.state.key()
            && events.iter().any(is_end)
        {
            let stream = key_stream(run.saga.definition().name(), key);
            let key = self.key_state(append.context.tenant, &stream).await?;
            append = append.write(stream, key.version, [self.key_event(run.id, false)]);
        }
        Ok(append.project(&SagaView))
    }

    fn context(&self, delivery: &Delivery, run: &Run) -> Context {
        Context {
            correlation: run.correlation,
            causation: Some(run.last_event),
            ..Context::handling(delivery, Caller::Service(self.service.clone()))
        }
    }

    /// Makes one attempt, within its limit.
    async fn make(&self, run: &Run, delivery: &Delivery, attempt: Attempt) -> Outcome {
        let action = run.saga.action(attempt.step);
        let action = action.expect("a saga is registered only with all its actions");
        let outputs = |step: &str| {
            let place = run.saga.definition().place_of(step)?;
            run.state.output(place).cloned()
        };
        let id = StepId::of(run.id, attempt.step, attempt.direction);
        let call = StepCall {
            saga: run.id,
            step: attempt.step,
            direction: attempt.direction,
            attempt: attempt.number,
            id,
            action: StepId::of(run.id, attempt.step, Direction::Forward),
            input: run.state.input(),
            call: self.call(run, delivery, attempt, id),
            outputs: &outputs,
        };
        let outcome = async {
            match attempt.direction {
                Direction::Forward => action.act(&call).await,
                Direction::Backward => action.undo(&call).await,
            }
        };
        let within_limit = async {
            let outcome = tokio::time::timeout(attempt.limit, outcome).await;
            outcome.map_or_else(
                |_| Outcome::Failed(format!("no answer within {:?}", attempt.limit)),
                sayable,
            )
        };
        let span = span_of_attempt(run.saga.definition().name(), attempt);
        span.around(within_limit, told_of_attempt).await
    }

    fn call(&self, run: &Run, delivery: &Delivery, attempt: Attempt, id: StepId) -> Call {
        let key: IdempotencyKey = id.to_string().parse().expect("a UUID is a key");
        let mut call = Call::by(
            Caller::Service(self.service.clone()),
            delivery.tenant(),
            self.scopes.clone(),
            attempt.limit,
            &*self.clock,
            &*self.rng,
        )
        .for_purpose(delivery.context.purpose)
        .with_idempotency(key);
        call.correlation = run.correlation;
        if let Some(trace) = TracePlace::current().trace() {
            call.trace = trace;
        }
        call
    }
}

enum Kept {
    Yes,
    Conflict,
}

const fn is_end(event: &Event) -> bool {
    matches!(
        event,
        Event::Completed | Event::Compensated | Event::Abandoned { .. }
    )
}

/// An output that the log cannot hold is a defect of the step; it must not stop the run for ever.
fn sayable(outcome: Outcome) -> Outcome {
    match &outcome {
        Outcome::Done(output) => match CanonicalJson::of_value(output) {
            Ok(_) => outcome,
            Err(error) => Outcome::Failed(format!("its output {error}")),
        },
        _ => outcome,
    }
}
