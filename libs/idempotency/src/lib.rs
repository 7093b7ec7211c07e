#![doc = include_str!("../README.md")]

mod decisions;
mod fingerprint;
mod kept;
mod running;
mod turns;

use std::error::Error as _;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{Call, Error, ErrorKind, Result};
use medcover_store::{Answer, AnswerScope, Append, CanonicalJson, CommitError, Context, Store};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use decisions::Decisions;
use fingerprint::Fingerprint;
use running::Running;
pub use turns::Turns;

/// What to wait before asking again for a request that still runs.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// Lets requests have their effect once. One for each store; cloning is cheap.
#[derive(Clone)]
pub struct Once {
    store: Arc<dyn Store>,
    running: Running,
}

/// Handed to the work that is done once: under what to keep its answer.
#[derive(Clone, Debug)]
pub struct Keep {
    scope: AnswerScope,
    fingerprint: Fingerprint,
}

impl Once {
    /// Keeps answers in `store`, which is the one that the effects are committed to.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            running: Running::default(),
        }
    }

    /// Lets `work` answer `request` to `operation` once under the key of `call`; later the same is answered from what was
    /// kept. `work` commits what its [`Keep`] makes of the answer.
    ///
    /// Fails as `work` does, and with `Invalid` (no key), `Refused` (the key belongs to another request) and `Conflict`
    /// (the first request still runs).
    pub async fn run<T, W>(
        &self,
        call: &Call,
        operation: &'static str,
        request: &impl Serialize,
        work: W,
    ) -> Result<T>
    where
        T: Serialize + DeserializeOwned,
        W: AsyncFnOnce(Keep) -> Result<T>,
    {
        let keep = Keep::of(call, operation, request)?;
        let Some(_running) = self.running.enter(&keep.scope) else {
            return Err(still_running());
        };
        if let Some(answer) = self.store.answer(&keep.scope).await? {
            return keep.again(call, &answer);
        }
        match work(keep.clone()).await {
            Err(error) if is_taken(&error) => self.taken(call, &keep).await,
            Err(error) if kept::is_kept(error.kind()) => self.refuse(call, &keep, error).await,
            answered => answered,
        }
    }

    /// Another process was faster: its answer is the answer.
    async fn taken<T: DeserializeOwned>(&self, call: &Call, keep: &Keep) -> Result<T> {
        match self.store.answer(&keep.scope).await? {
            Some(answer) => keep.again(call, &answer),
            None => Err(Error::internal("an answer is taken and cannot be read")),
        }
    }

    /// Keeps a refusal, which no commit has kept. When that cannot be done, the caller is told so: a refusal that is not
    /// kept might not be repeated.
    async fn refuse<T: DeserializeOwned>(
        &self,
        call: &Call,
        keep: &Keep,
        error: Error,
    ) -> Result<T> {
        let (status, body) = kept::of_error(&error)?;
        let append = Append::new(Context::of(call));
        let append = append.answer(keep.scope.clone(), keep.kept(status, body));
        match self.store.commit(append).await {
            Ok(_) => Err(error),
            Err(CommitError::AnswerTaken) => self.taken(call, keep).await,
            Err(other) => Err(other.into()),
        }
    }
}

impl Keep {
    fn of(call: &Call, operation: &'static str, request: &impl Serialize) -> Result<Self> {
        let key = call.idempotency.clone();
        let scope = AnswerScope {
            tenant: call.tenant,
            caller: call.caller.clone(),
            route: operation.into(),
            key: key.ok_or_else(Error::no_idempotency_key)?,
        };
        Ok(Self {
            scope,
            fingerprint: Fingerprint::of(request)?,
        })
    }

    /// `append` with `answer`, which is given with `status`, to be kept under the key.
    pub fn answer(&self, append: Append, status: u16, answer: &impl Serialize) -> Result<Append> {
        let body = CanonicalJson::of(answer).map_err(Error::internal)?;
        Ok(append.answer(self.scope.clone(), self.kept(status, body)))
    }

    fn kept(&self, status: u16, body: CanonicalJson) -> Answer {
        Answer {
            fingerprint: self.fingerprint.bytes(),
            status,
            body,
        }
    }

    /// The answer given before, if it was to this request.
    fn again<T: DeserializeOwned>(&self, call: &Call, answer: &Answer) -> Result<T> {
        if answer.fingerprint != self.fingerprint.bytes() {
            return Err(reused());
        }
        if let Some(replay) = &call.replay {
            replay.note();
        }
        match kept::error_of(answer) {
            Some(error) => Err(error),
            None => answer.body.read().map_err(Error::internal),
        }
    }
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Once").finish_non_exhaustive()
    }
}

/// Whether the commit was refused because an answer is kept already.
fn is_taken(error: &Error) -> bool {
    let mut cause = error.source();
    while let Some(at) = cause {
        if let Some(CommitError::AnswerTaken) = at.downcast_ref() {
            return true;
        }
        cause = at.source();
    }
    false
}

fn still_running() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "still-running",
        "The request first sent under this `Idempotency-Key` is still running; ask again.",
    )
    .with_retry_after(ASK_AGAIN)
}

fn reused() -> Error {
    Error::new(
        ErrorKind::Refused,
        "idempotency-key-reused",
        "This `Idempotency-Key` belongs to another request; a new undertaking needs a new key.",
    )
}
