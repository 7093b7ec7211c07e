//! What people see of runs: one in full from its log, many from the read model.

use medcover_kernel::{CorrelationId, Result, SagaId, TenantId, Timestamp};
use medcover_saga::StepKind;
use medcover_store::{Row, Select, Value};
use serde::Serialize;

use super::log::LoadError;
use super::rows::{RUNS_BY_STATE, RUNS_BY_TIME};
use super::{Sagas, control};

/// A run as people see it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunView {
    /// Its id.
    pub id: SagaId,
    /// Name of the saga.
    pub name: String,
    /// Version of the definition.
    pub version: u16,
    /// `running`, `compensating`, `parked`, `completed`, `compensated` or `abandoned`.
    pub state: &'static str,
    /// Its business key.
    pub key: Option<String>,
    /// What it is about.
    pub input: serde_json::Value,
    /// Why it turned, parked or was abandoned.
    pub reason: Option<String>,
    /// The undertaking it belongs to.
    pub correlation: CorrelationId,
    /// When it began.
    pub started_at: Timestamp,
    /// Its steps, in the order of the definition.
    pub steps: Vec<StepView>,
}

/// A step as people see it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepView {
    /// Name of the step.
    pub name: &'static str,
    /// `action`, `pause` or `signal`.
    pub kind: &'static str,
    /// What becomes of it when the run turns.
    pub undo: &'static str,
    /// `untouched`, `running`, `delayed`, `done` or `refused`.
    pub status: &'static str,
    /// Attempts so far.
    pub attempts: u32,
    /// The same of its undo.
    pub undo_status: &'static str,
    /// Attempts to undo it so far.
    pub undo_attempts: u32,
    /// Why the last attempt either way failed.
    pub reason: Option<String>,
    /// What it gave.
    pub output: Option<serde_json::Value>,
}

/// A page of runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Runs {
    /// Rows of [`RUNS`](super::RUNS).
    pub rows: Vec<Row>,
    /// Where the next page begins; `None` after the last one.
    pub next: Option<Vec<Value>>,
}

impl Sagas {
    /// One run with all its steps, from its log.
    pub async fn run(&self, tenant: TenantId, saga: SagaId) -> Result<Option<RunView>> {
        let run = match self.load(tenant, saga).await {
            Ok(run) => run,
            Err(LoadError::NotFound(_)) => return Ok(None),
            Err(error) => return Err(control::explain(error)),
        };
        let definition = run.saga.definition();
        let steps = definition.steps().iter().zip(run.state.steps());
        let steps = steps.map(|(step, state)| StepView {
            name: step.name(),
            kind: match step.kind() {
                StepKind::Action => "action",
                StepKind::Pause(_) => "pause",
                StepKind::Signal => "signal",
            },
            undo: run.saga.undo_of(step.name()).unwrap_or_default(),
            status: state.forward.status.name(),
            attempts: state.forward.attempt,
            undo_status: state.backward.status.name(),
            undo_attempts: state.backward.attempt,
            reason: (state.backward.reason.clone()).or_else(|| state.forward.reason.clone()),
            output: state.forward.output.clone(),
        });
        Ok(Some(RunView {
            id: run.id,
            name: definition.name().to_owned(),
            version: definition.version(),
            state: run.state.phase().name(),
            key: run.state.key().map(ToOwned::to_owned),
            input: run.state.input().clone(),
            reason: run.state.reason().map(ToOwned::to_owned),
            correlation: run.correlation,
            started_at: run.state.started_at(),
            steps: steps.collect(),
        }))
    }

    /// Runs of a tenant, the latest first, after the cursor of an earlier page; those in `state` only, where given.
    pub async fn runs(
        &self,
        tenant: TenantId,
        state: Option<&str>,
        after: Option<Vec<Value>>,
        limit: usize,
    ) -> Result<Runs> {
        let (listing, equal) = match state {
            Some(state) => (&RUNS_BY_STATE, vec![Value::from(state)]),
            None => (&RUNS_BY_TIME, Vec::new()),
        };
        let select = Select {
            descending: true,
            after,
            ..Select::first(listing, tenant, equal, limit)
        };
        let rows = self.store.select(&select).await?;
        let full = rows.len() == limit;
        let next = rows.last().filter(|_| full).map(|row| row.cursor(listing));
        Ok(Runs { rows, next })
    }
}
