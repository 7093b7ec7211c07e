//! Runs of sagas.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// A page of runs, the last first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SagaRuns {
    /// The runs.
    pub runs: Vec<SagaSummary>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A run, in a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SagaSummary {
    /// Its id.
    pub saga: Uuid,
    /// Which saga it is a run of.
    pub name: String,
    /// `running`, `compensating`, `parked`, `completed`, `compensated` or `abandoned`.
    pub state: String,
    /// What only one active run may be about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The step that was begun last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Why it turned, parked or was abandoned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it began.
    pub started_at: String,
    /// When it last changed.
    pub changed_at: String,
}

/// A run with its steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SagaRun {
    /// Its id.
    pub saga: Uuid,
    /// Which saga it is a run of.
    pub name: String,
    /// Of which version of the definition.
    pub version: u16,
    /// `running`, `compensating`, `parked`, `completed`, `compensated` or `abandoned`.
    pub state: String,
    /// What only one active run may be about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What it was begun with.
    pub input: Value,
    /// Why it turned, parked or was abandoned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The undertaking it belongs to.
    pub correlation: Uuid,
    /// When it began.
    pub started_at: String,
    /// In the order of the definition.
    pub steps: Vec<SagaStep>,
}

/// A step of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SagaStep {
    /// Its name.
    pub name: String,
    /// `action`, `pause` or `signal`.
    pub kind: String,
    /// What becomes of it when the run turns.
    pub undo: String,
    /// `untouched`, `running`, `delayed`, `done` or `refused`.
    pub status: String,
    /// How often it was tried.
    pub attempts: u32,
    /// The same of its undo.
    pub undo_status: String,
    /// How often its undo was tried.
    pub undo_attempts: u32,
    /// Why the last try either way failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
}

/// Why a person steps in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteRequest {
    /// 3 to 500 characters, kept in the audit trail.
    #[schema(min_length = 3, max_length = 500)]
    pub note: String,
}
