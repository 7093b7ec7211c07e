//! How a service decides: once under a key, again where somebody else was faster.

use medcover_kernel::{Call, Error, ErrorKind, Result, TenantId};
use medcover_store::{Append, Context, Repository, Tries};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::OwnedMutexGuard;

use crate::turns::Turns;
use crate::{Keep, Once};

/// The decisions of one service in this process.
///
/// A decision is handed an empty commit, loads what it needs, and returns the commit with what it adds and an answer. What
/// keeps decisions apart are the versions of the streams that they rely on.
pub struct Decisions {
    repository: Repository,
    once: Once,
    /// One for each tenant, held by whoever decides again. It is a courtesy, so that many who want the same get it one
    /// after the other rather than by luck.
    again: Turns<TenantId>,
}

impl Decisions {
    /// Decides on what `repository` keeps; answers are kept with it.
    pub fn new(repository: Repository) -> Self {
        Self {
            once: Once::new(repository.store.clone()),
            repository,
            again: Turns::default(),
        }
    }

    /// Refuses a call whose deadline has passed.
    pub fn begin(&self, call: &Call) -> Result<()> {
        call.deadline.check(self.repository.clock.elapsed())
    }

    /// Lets `decision` answer `request` to `operation` with `status` once under the key of `call`; what it adds is one
    /// commit with the answer. Fails as the decision does, as [`Once::run`] does, and as [`Decisions::decide`].
    pub async fn once<T, D, F>(
        &self,
        call: &Call,
        (operation, status): (&'static str, u16),
        request: &impl Serialize,
        mut decision: D,
    ) -> Result<T>
    where
        T: Serialize + DeserializeOwned,
        D: FnMut(Append) -> F,
        F: Future<Output = Result<(Append, T)>>,
    {
        let work = async |keep: Keep| {
            let answered = |append, answer: &T| keep.answer(append, status, answer);
            self.decided(call, &mut decision, answered).await
        };
        self.once.run(call, operation, request, work).await
    }

    /// Lets `work` answer `request` to `operation` once under the key of `call`, for what takes more than one
    /// decision: as [`Once::run`].
    pub async fn once_in_steps<T, W>(
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
        self.once.run(call, operation, request, work).await
    }

    /// Lets `decision` decide and commits what it adds, where it adds anything: for what is repeatable by itself. Fails as
    /// the decision does; `Unavailable` where somebody else was faster each time.
    pub async fn decide<T, D, F>(&self, call: &Call, mut decision: D) -> Result<T>
    where
        D: FnMut(Append) -> F,
        F: Future<Output = Result<(Append, T)>>,
    {
        let unanswered = |append, _: &T| Ok(append);
        self.decided(call, &mut decision, unanswered).await
    }

    /// Decides, again where somebody else was faster.
    ///
    /// What is refused is decided twice: streams are read one after the other, and a commit between two readings shows
    /// things that never stood so together.
    async fn decided<T, D, F>(
        &self,
        call: &Call,
        decision: &mut D,
        answered: impl Fn(Append, &T) -> Result<Append>,
    ) -> Result<T>
    where
        D: FnMut(Append) -> F,
        F: Future<Output = Result<(Append, T)>>,
    {
        let (mut tries, mut refused) = (Tries::default(), false);
        let mut turn = self.let_pass(call).await?;
        loop {
            let nothing = Append::new(Context::of(call));
            let (append, answer) = match decision(nothing.clone()).await {
                Err(error) if may_be_torn(&error) && !refused => {
                    refused = true;
                    continue;
                }
                decided => decided?,
            };
            let append = answered(append, &answer)?;
            if append == nothing {
                return Ok(answer);
            }
            match self.repository.commit(append).await {
                Ok(_) => return Ok(answer),
                Err(error) => tries.again(error)?,
            }
            refused = false;
            if turn.is_none() {
                turn = Some(self.again.take(call.tenant).await);
                self.begin(call)?;
            }
        }
    }

    /// Whoever comes while somebody decides again lets them: each commit in between would send them round once more.
    async fn let_pass(&self, call: &Call) -> Result<Option<OwnedMutexGuard<()>>> {
        if self.again.is_free(call.tenant) {
            return Ok(None);
        }
        let turn = self.again.take(call.tenant).await;
        self.begin(call)?;
        Ok(Some(turn))
    }
}

impl std::fmt::Debug for Decisions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decisions").finish_non_exhaustive()
    }
}

/// Whether something may have been decided on two states that never stood so together.
const fn may_be_torn(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Conflict | ErrorKind::Refused | ErrorKind::Internal
    )
}
