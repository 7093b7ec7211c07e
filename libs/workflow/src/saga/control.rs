//! What people and other parts of the system ask of a run.

use medcover_kernel::{Error, ErrorKind, Result, SagaId};
use medcover_saga::{Command, Refusal, command};
use medcover_store::{
    Append, AuditEntry, AuditOutcome, CanonicalJson, CommitError, Context, limits,
};
use serde_json::Value;

use super::Sagas;
use super::log::{LoadError, stream_of};
use crate::queue::Failure;

impl Sagas {
    /// Tells a run that what its step `name` waits for has happened. Told again, it keeps what it heard first.
    pub async fn signal(
        &self,
        context: Context,
        saga: SagaId,
        name: &str,
        payload: Value,
    ) -> Result<()> {
        let name = name.to_owned();
        self.ask(context, saga, Command::Signal { name, payload }, None)
            .await
    }

    /// Has a run turn and undo what it did. Refused from the pivot on.
    pub async fn cancel(&self, context: Context, saga: SagaId, reason: &str) -> Result<()> {
        let reason = reason.to_owned();
        self.ask(
            context,
            saga,
            Command::Cancel { reason },
            Some("saga.cancelled"),
        )
        .await
    }

    /// Lets a parked run go on in its direction with fresh attempts.
    pub async fn resume(&self, context: Context, saga: SagaId, note: &str) -> Result<()> {
        let note = note.to_owned();
        self.ask(
            context,
            saga,
            Command::Resume { note },
            Some("saga.resumed"),
        )
        .await
    }

    /// Ends a run as it stands; whoever asks takes over what is left of it. Its key is free again.
    pub async fn abandon(&self, context: Context, saga: SagaId, note: &str) -> Result<()> {
        let note = note.to_owned();
        self.ask(
            context,
            saga,
            Command::Abandon { note },
            Some("saga.abandoned"),
        )
        .await
    }

    async fn ask(
        &self,
        context: Context,
        saga: SagaId,
        asked: Command,
        audited_as: Option<&'static str>,
    ) -> Result<()> {
        let mut conflict = None;
        for _ in 0..limits::DECISIONS {
            let run = self.load(context.tenant, saga).await.map_err(explain)?;
            let definition = run.saga.definition();
            let events = command(definition, &run.state, asked.clone(), self.clock.now())
                .map_err(|refusal| refused(saga, refusal))?;
            if events.is_empty() {
                return Ok(());
            }
            let mut append = Append::new(context.clone()).send(self.wake_up(saga, None));
            if let Some(action) = audited_as {
                append = append.audit(audit_entry(action, saga, &asked));
            }
            let append = self.log_to(append, &run, &events).await;
            let append = append.map_err(|failure| unexpected(&failure))?;
            match self.store.commit(append).await {
                Ok(_) => {
                    self.note_ends(run.saga.definition().name(), &events);
                    return Ok(());
                }
                Err(error @ CommitError::Conflict { .. }) => conflict = Some(error),
                Err(error) => return Err(error.into()),
            }
        }
        Err(conflict.map_or_else(
            || Error::unavailable("The run changes too fast; try again."),
            Error::from,
        ))
    }
}

fn audit_entry(action: &'static str, saga: SagaId, asked: &Command) -> AuditEntry {
    let words = match asked {
        Command::Cancel { reason } => reason.as_str(),
        Command::Resume { note } | Command::Abandon { note } => note.as_str(),
        Command::Signal { name, .. } => name.as_str(),
    };
    AuditEntry {
        action: action.into(),
        subject: stream_of(saga).to_string(),
        data_subject: None,
        outcome: AuditOutcome::Done,
        details: CanonicalJson::of(&serde_json::json!({ "note": words }))
            .expect("text has canonical JSON"),
    }
}

fn refused(saga: SagaId, refusal: Refusal) -> Error {
    let (kind, slug) = match refusal {
        Refusal::UnknownSignal => (ErrorKind::NotFound, "not-found"),
        Refusal::Over | Refusal::PastPivot | Refusal::NotParked | Refusal::Busy => {
            (ErrorKind::Conflict, "saga-state")
        }
    };
    Error::new(kind, slug, format!("Run {saga}: {refusal}."))
}

pub(super) fn explain(error: LoadError) -> Error {
    match error {
        LoadError::NotFound(id) => Error::not_found(format!("There is no run {id}.")),
        LoadError::Unknown { .. } => {
            Error::unavailable("The run is of a release that this node does not know.")
                .with_source(error)
        }
        LoadError::Store(error) => error.into(),
    }
}

fn unexpected(failure: &Failure) -> Error {
    Error::internal(format!("{failure:?}"))
}
