//! Accounts as use cases meet them: loaded, remembered, decided on, kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use medcover_kernel::{Call, Clock, Error, ErrorKind, Result, Rng, TenantId};
use medcover_store::{
    Append, CanonicalJson, CommitError, Context, Receipt, Snapshot, Store, StreamId, Version,
    limits,
};
use uuid::Uuid;

use super::account::{Account, Command, Event, Refusal, decide};
use super::events;
use super::tables::AccountRows;

/// Accounts that are remembered; beyond, one is forgotten for each that is new.
const REMEMBERED: usize = 10_000;
/// A stream is snapshot whenever it passes a multiple of so many events.
const SNAPSHOT_EVERY: u64 = 32;
/// The version of [`Account::evolve`], as far as snapshots are concerned.
const REDUCER: u32 = 1;

/// The accounts of a store.
///
/// The last state of an account is remembered, to spare reading it again. It may be out of date, since others write too:
/// a commit that relies on it is refused then, and the account is read afresh. A refusal relies on no commit, so it is
/// given on a state that was just read.
pub(super) struct Accounts {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) rng: Arc<dyn Rng>,
    remembered: Mutex<BTreeMap<(TenantId, Uuid), Seen>>,
}

/// An account at a version.
#[derive(Clone, Debug, Default)]
struct Seen {
    version: Version,
    account: Account,
}

impl Accounts {
    pub(super) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Self {
        Self {
            store,
            clock,
            rng,
            remembered: Mutex::default(),
        }
    }

    /// Does to each account what is asked of it, all in one commit with what `more` adds; at a conflict, decides anew.
    /// `None` when all of it had happened before, and nothing was kept.
    pub(super) async fn change(
        &self,
        call: &Call,
        commands: &[(Uuid, Command)],
        more: impl Fn(Append) -> Result<Append>,
    ) -> Result<Option<Receipt>> {
        let mut conflict = None;
        for attempt in 0..limits::DECISIONS {
            let from_memory = attempt == 0;
            let mut seen = self.all(call.tenant, commands, from_memory).await?;
            let mut append = Append::new(Context::of(call));
            match self.decide(commands, &mut seen, append) {
                Err(_) if from_memory => continue,
                Err(refusal) => return Err(refused(refusal)),
                Ok(decided) => append = decided,
            }
            if append.writes.is_empty() {
                return Ok(None);
            }
            match self.store.commit(more(append.project(&AccountRows))?).await {
                Ok(receipt) => {
                    self.remember(call.tenant, seen);
                    return Ok(Some(receipt));
                }
                Err(error @ CommitError::Conflict { .. }) => conflict = Some(error),
                Err(error) => return Err(error.into()),
            }
        }
        Err(conflict.map_or_else(
            || Error::unavailable("The account cannot be changed now."),
            Error::from,
        ))
    }

    fn decide(
        &self,
        commands: &[(Uuid, Command)],
        seen: &mut [(Uuid, Seen)],
        mut append: Append,
    ) -> Result<Append, Refusal> {
        for ((_, command), (id, seen)) in commands.iter().zip(seen) {
            let Some(event) = decide(&seen.account, command)? else {
                continue;
            };
            let new = events::new_event(&event, &*self.clock, &*self.rng);
            append = append.write(stream(*id), seen.version, [new]);
            seen.follow(&event);
            if seen.version.get().is_multiple_of(SNAPSHOT_EVERY) {
                append.snapshots.push(seen.snapshot(*id));
            }
        }
        Ok(append)
    }

    async fn all(
        &self,
        tenant: TenantId,
        commands: &[(Uuid, Command)],
        from_memory: bool,
    ) -> Result<Vec<(Uuid, Seen)>> {
        let mut all = Vec::with_capacity(commands.len());
        for (id, _) in commands {
            let known = || self.remembered().get(&(tenant, *id)).cloned();
            let seen = match from_memory.then(known).flatten() {
                Some(seen) => seen,
                None => self.read(tenant, *id).await?,
            };
            all.push((*id, seen));
        }
        Ok(all)
    }

    async fn read(&self, tenant: TenantId, id: Uuid) -> Result<Seen> {
        let stream = stream(id);
        let snapshot = self.store.snapshot(tenant, &stream, REDUCER).await?;
        let mut seen = match snapshot {
            Some(snapshot) => Seen {
                version: snapshot.version,
                account: snapshot.state.read().map_err(Error::internal)?,
            },
            None => Seen::default(),
        };
        for recorded in self.store.load(tenant, &stream, seen.version).await? {
            let event = events::read(&recorded.event).map_err(Error::internal)?;
            let event = event.ok_or_else(|| Error::internal("an event of no account"))?;
            seen.follow(&event);
        }
        Ok(seen)
    }

    fn remember(&self, tenant: TenantId, seen: Vec<(Uuid, Seen)>) {
        let mut remembered = self.remembered();
        for (id, seen) in seen {
            let known = remembered.get(&(tenant, id));
            // A later commit may have come back before this one.
            if known.is_none_or(|known| known.version < seen.version) {
                remembered.insert((tenant, id), seen);
            }
            if remembered.len() > REMEMBERED {
                remembered.pop_first();
            }
        }
    }

    fn remembered(&self) -> MutexGuard<'_, BTreeMap<(TenantId, Uuid), Seen>> {
        self.remembered.lock().expect("no code panics under it")
    }
}

impl Seen {
    fn follow(&mut self, event: &Event) {
        self.account.evolve(event);
        self.version = self.version.plus(1);
    }

    fn snapshot(&self, id: Uuid) -> Snapshot {
        Snapshot {
            stream: stream(id),
            version: self.version,
            reducer: REDUCER,
            state: CanonicalJson::of(&self.account).expect("an account has canonical JSON"),
        }
    }
}

/// The stream of an account.
pub fn stream(id: Uuid) -> StreamId {
    StreamId::new("account", id)
}

fn refused(refusal: Refusal) -> Error {
    let text = refusal.to_string();
    match refusal {
        Refusal::NotOpen => Error::not_found(text),
        Refusal::Open => Error::new(ErrorKind::Conflict, "account-exists", text),
        Refusal::Amount => Error::new(ErrorKind::Refused, "amount-refused", text),
        Refusal::Floor => Error::new(ErrorKind::Refused, "insufficient-funds", text),
        Refusal::Over => Error::new(ErrorKind::Refused, "part-undone", text),
    }
}
