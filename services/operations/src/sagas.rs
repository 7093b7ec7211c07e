//! Runs of sagas.

use medcover_contract_operations::permissions::{ControlSagas, ReadSagas};
use medcover_contract_operations::{
    MAX_NOTE_CHARS, MIN_NOTE_CHARS, NoteRequest, SagaRun, SagaRuns, SagaStep, SagaSummary,
};
use medcover_kernel::{Allowed, Error, Limit, Result, SagaId, TenantId, Timestamp};
use medcover_store::{Context, Row, Value};
use medcover_workflow::saga::{RunView, Sagas, StepView};
use uuid::Uuid;

use crate::Operations;

/// The states that a list can be asked for.
const STATES: [&str; 6] = [
    "running",
    "compensating",
    "parked",
    "completed",
    "compensated",
    "abandoned",
];

pub(crate) async fn runs(
    operations: &Operations,
    allowed: Allowed<'_, ReadSagas>,
    service: &str,
    state: Option<&str>,
    after: Option<&str>,
    limit: Limit,
) -> Result<SagaRuns> {
    let sagas = operations.sagas_of(service)?;
    if state.is_some_and(|state| !STATES.contains(&state)) {
        let detail = format!("must be one of {}", STATES.join(", "));
        return Err(Error::invalid("/state", detail));
    }
    let after = after.map(place).transpose()?;
    let page = sagas
        .runs(allowed.tenant, state, after, limit.get())
        .await?;
    let runs = page.rows.iter().map(summary);
    Ok(SagaRuns {
        runs: runs.collect::<Option<_>>().ok_or_else(unreadable)?,
        next: match page.next.as_deref() {
            None => None,
            Some([Value::Timestamp(at), Value::Id(id)]) => Some(cursor(*at, *id)),
            Some(_) => return Err(unreadable()),
        },
    })
}

pub(crate) async fn run(
    operations: &Operations,
    allowed: Allowed<'_, ReadSagas>,
    service: &str,
    saga: SagaId,
) -> Result<SagaRun> {
    seen(operations.sagas_of(service)?, allowed.tenant, saga).await
}

/// What a person may do to a run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Resume,
    Cancel,
    Abandon,
}

pub(crate) async fn control(
    operations: &Operations,
    allowed: Allowed<'_, ControlSagas>,
    at: (&str, SagaId),
    step: Step,
    request: &NoteRequest,
) -> Result<SagaRun> {
    let (service, saga) = at;
    let sagas = operations.sagas_of(service)?;
    let note = note(request)?;
    let context = Context::of(&allowed);
    match step {
        Step::Resume => sagas.resume(context, saga, note).await?,
        Step::Cancel => sagas.cancel(context, saga, note).await?,
        Step::Abandon => sagas.abandon(context, saga, note).await?,
    }
    seen(sagas, allowed.tenant, saga).await
}

fn note(request: &NoteRequest) -> Result<&str> {
    let note = request.note.trim();
    if (MIN_NOTE_CHARS..=MAX_NOTE_CHARS).contains(&note.chars().count()) {
        return Ok(note);
    }
    let detail = format!("must have {MIN_NOTE_CHARS} to {MAX_NOTE_CHARS} characters");
    Err(Error::invalid("/note", detail))
}

async fn seen(sagas: &Sagas, tenant: TenantId, saga: SagaId) -> Result<SagaRun> {
    let run = sagas.run(tenant, saga).await?;
    run.map(view)
        .ok_or_else(|| Error::not_found(format!("There is no run {saga}.")))
}

fn view(run: RunView) -> SagaRun {
    SagaRun {
        saga: run.id.as_uuid(),
        name: run.name,
        version: run.version,
        state: run.state.to_owned(),
        key: run.key,
        input: run.input,
        reason: run.reason,
        correlation: run.correlation.as_uuid(),
        started_at: run.started_at.to_string(),
        steps: run.steps.into_iter().map(step_view).collect(),
    }
}

fn step_view(step: StepView) -> SagaStep {
    SagaStep {
        name: step.name.to_owned(),
        kind: step.kind.to_owned(),
        undo: step.undo.to_owned(),
        status: step.status.to_owned(),
        attempts: step.attempts,
        undo_status: step.undo_status.to_owned(),
        undo_attempts: step.undo_attempts,
        reason: step.reason,
        output: step.output,
    }
}

/// A row of the read model; `None` when it is not of the form its table says.
fn summary(row: &Row) -> Option<SagaSummary> {
    let text = |name| match row.get(name) {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    };
    let moment = |name| match row.get(name) {
        Value::Timestamp(at) => Some(at.to_string()),
        _ => None,
    };
    let Value::Id(saga) = row.get("saga") else {
        return None;
    };
    Some(SagaSummary {
        saga: *saga,
        name: text("name")?,
        state: text("state")?,
        key: text("business_key"),
        step: text("step"),
        reason: text("reason"),
        started_at: moment("started_at")?,
        changed_at: moment("changed_at")?,
    })
}

fn unreadable() -> Error {
    Error::internal("a row of runs is not of the form its table says")
}

/// Where a page ended: when the last run began, and which it was. It tells nothing that the page does not, so it is not
/// signed.
fn cursor(at: Timestamp, id: Uuid) -> String {
    format!("{}-{}", at.as_micros(), id.simple())
}

fn place(cursor: &str) -> Result<Vec<Value>> {
    let parts = cursor.split_once('-').and_then(|(at, id)| {
        let at = Timestamp::from_micros(at.parse().ok()?);
        Some(vec![Value::Timestamp(at), Value::Id(id.parse().ok()?)])
    });
    parts.ok_or_else(|| Error::invalid("/after", "must be the `next` of an earlier page"))
}
