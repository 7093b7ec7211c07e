//! The spans of runs and their steps. They name sagas and steps, and never what those are about.

use medcover_saga::{Attempt, Direction, Outcome};
use medcover_telemetry::{Layer, Outcome as End, Span, TracePlace, Tracer, attributes};

use super::log::Run;
use crate::queue::Failure;

/// The span of driving a run as far as it goes. A run belongs to the trace of the request that began it, from its first
/// step to its last: where something else wakes it, that is linked.
pub(super) fn span_of_run(tracer: &Tracer, run: &Run) -> Span {
    let name = run.saga.definition().name();
    let woken = TracePlace::current().parent();
    let elsewhere = run
        .origin
        .filter(|origin| woken.is_none_or(|it| it.trace != origin.trace));
    let mut span = tracer.resume(Layer::Saga, name, elsewhere, run.correlation);
    if span.is_recorded() {
        span.link(woken);
        return span;
    }
    Span::child(Layer::Saga, name)
}

/// The span of one attempt at a step.
pub(super) fn span_of_attempt(saga: &'static str, attempt: Attempt) -> Span {
    let mut span = Span::child(Layer::Saga, attempt.step);
    span.set(attributes::SAGA, saga);
    span.set(attributes::ATTEMPT, attempt.number);
    let direction = match attempt.direction {
        Direction::Forward => "forward",
        Direction::Backward => "backward",
    };
    span.set(attributes::DIRECTION, direction);
    span
}

pub(super) fn told_of_run(_: &mut Span, driven: &Result<(), Failure>) -> End {
    match driven {
        Ok(()) => End::Done,
        Err(_) => End::Failed,
    }
}

pub(super) fn told_of_attempt(span: &mut Span, outcome: &Outcome) -> End {
    let (name, end) = match outcome {
        Outcome::Done(_) | Outcome::Waiting(_) => return End::Done,
        Outcome::Refused(_) => ("refused", End::Refused),
        Outcome::Failed(_) => ("failed", End::Failed),
    };
    span.set(attributes::ERROR, name);
    end
}
