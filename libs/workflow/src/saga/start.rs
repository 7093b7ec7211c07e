//! How a run begins.

use medcover_kernel::{Error, ErrorKind, Result, SagaId};
use medcover_saga::State;
use medcover_store::{Append, CommitError, Context, Version, limits};
use serde_json::Value;

use super::log::{key_stream, stream_of};
use super::{SagaView, Sagas};
use crate::bus::Pattern;

/// A run to be begun.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// Its id, chosen by the caller: begun twice under one id, it begins once.
    pub saga: SagaId,
    /// Name of the saga; the latest version is taken.
    pub name: String,
    /// What it is about; canonical JSON must be able to say it.
    pub input: Value,
    /// What there may be one living run for, such as the number of an invoice.
    pub key: Option<String>,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Started {
    /// It has begun.
    Now,
    /// It had begun before, under this id and with this input.
    Before,
}

impl Sagas {
    /// Begins a run in the undertaking of `context`, whose correlation id it keeps. A living run with the same key is a
    /// conflict that names it.
    pub async fn start(&self, context: Context, start: Start) -> Result<Started> {
        let mut last = None;
        for _ in 0..limits::DECISIONS {
            if self.begun_before(&context, &start).await? {
                return Ok(Started::Before);
            }
            let append = self.begin(Append::new(context.clone()), &start).await?;
            match self.store.commit(append).await {
                Ok(_) => return Ok(Started::Now),
                Err(error @ CommitError::Conflict { .. }) => last = Some(error),
                Err(error) => return Err(error.into()),
            }
        }
        Err(last.map_or_else(
            || Error::unavailable("The saga cannot be started now."),
            Error::from,
        ))
    }

    /// Adds the beginning of a run to a commit of the caller's own, so that both happen or neither. The caller answers
    /// a conflict of that commit as any other: by deciding again.
    pub async fn begin(&self, append: Append, start: &Start) -> Result<Append> {
        let saga = self.registry.latest(&start.name).ok_or_else(|| {
            Error::not_found(format!("There is no saga called {:?}.", start.name))
        })?;
        let tenant = append.context.tenant;
        let input = start.input.clone();
        let (_, started) = State::start(
            saga.definition(),
            input,
            start.key.clone(),
            self.clock.now(),
        );
        let events = self
            .new_events(&[started])
            .map_err(|error| Error::invalid("/input", error.to_string()))?;
        let mut append = append
            .write(stream_of(start.saga), Version::NONE, events)
            .send(self.wake_up(start.saga, None));
        if let Some(key) = &start.key {
            let stream = key_stream(&start.name, key);
            let state = self.key_state(tenant, &stream).await?;
            if let Some(holder) = state.holder {
                return Err(busy(&start.name, key, holder));
            }
            append = append.write(stream, state.version, [self.key_event(start.saga, true)]);
        }
        Ok(append.project(&SagaView))
    }

    /// Whether the run is there already; one of another name or input is a conflict.
    async fn begun_before(&self, context: &Context, start: &Start) -> Result<bool> {
        let stream = stream_of(start.saga);
        let before = self.store.version(context.tenant, &stream).await?;
        if before == Version::NONE {
            return Ok(false);
        }
        let view = self.run(context.tenant, start.saga).await?;
        let same = view.is_some_and(|view| {
            view.name == start.name && view.input == start.input && view.key == start.key
        });
        if same {
            return Ok(true);
        }
        Err(Error::new(
            ErrorKind::Conflict,
            "saga-exists",
            format!(
                "Run {} was started with another name, input or key.",
                start.saga
            ),
        ))
    }
}

fn busy(name: &str, key: &str, holder: SagaId) -> Error {
    Error::new(
        ErrorKind::Conflict,
        "saga-running",
        format!("Saga {name} already runs for {key:?}: {holder}."),
    )
}

/// The pattern of events of sagas.
impl Sagas {
    /// What to subscribe to in order to hear every saga.
    pub fn pattern() -> Pattern {
        "saga.*".parse().expect("a pattern")
    }
}
