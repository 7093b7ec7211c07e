//! Things, folded from their streams.

use medcover_kernel::{Clock, Error, ErrorKind, EventId, Result, Rng, TenantId};

use super::{Aggregate, Events as _};
use crate::{
    Append, CanonicalJson, Recorded, Snapshot, Store, StreamId, Version, later_version, limits,
};

/// After so many events of a stream its state is kept beside them, so that what is changed for years still loads quickly.
const SNAPSHOT_EVERY: u64 = 64;

/// A thing at a version.
#[derive(Clone, Debug)]
pub struct Loaded<A> {
    /// Whose.
    pub stream: StreamId,
    /// The version, [`Version::NONE`] when nothing ever happened to it.
    pub version: Version,
    /// What its events add up to.
    pub state: A,
}

/// Refuses, as `version-changed`, a change that was made on another version than `found`. One that names none is made on
/// whatever is there.
pub fn check_version(expected: Option<u64>, found: u64) -> Result<()> {
    match expected {
        Some(expected) if expected != found => Err(Error::new(
            ErrorKind::PreconditionFailed,
            "version-changed",
            format!("It is at version {found}, not {expected}: read it again."),
        )),
        _ => Ok(()),
    }
}

/// Loads the thing whose stream is `stream`; one that does not exist is at version 0.
pub async fn load<A: Aggregate>(
    store: &dyn Store,
    tenant: TenantId,
    stream: StreamId,
) -> Result<Loaded<A>> {
    let snapshot = store.snapshot(tenant, &stream, A::REDUCER).await?;
    let (mut version, mut state) = match snapshot {
        Some(snapshot) => (
            snapshot.version,
            snapshot.state.read().map_err(Error::internal)?,
        ),
        None => (Version::NONE, A::default()),
    };
    for recorded in store.load(tenant, &stream, version).await? {
        version = recorded.event.version;
        evolve(&mut state, &recorded)?;
    }
    Ok(Loaded {
        stream,
        version,
        state,
    })
}

fn evolve<A: Aggregate>(state: &mut A, recorded: &Recorded) -> Result<()> {
    let event = &recorded.event;
    let Some(read) = A::Event::of(event) else {
        let unknown = format!("{} holds an event of kind {}", event.stream, event.kind);
        return Err(later_version(unknown));
    };
    state.evolve(&read?, event.occurred_at);
    Ok(())
}

impl<A: Aggregate> Loaded<A> {
    /// Whether anything ever happened to it.
    pub fn exists(&self) -> bool {
        self.version != Version::NONE
    }

    /// Adds `events` to the commit, and to this state. A commit takes the events of one thing at once: call this once for
    /// each thing.
    pub fn write(
        &mut self,
        append: Append,
        events: &[A::Event],
        clock: &dyn Clock,
        rng: &dyn Rng,
    ) -> Result<Append> {
        if events.is_empty() {
            return Ok(append);
        }
        let now = clock.now();
        let mut kept = Vec::with_capacity(events.len());
        for event in events {
            let new = event.to_new(EventId::new(clock, rng), now);
            kept.push(new.map_err(Error::internal)?);
            self.state.evolve(event, now);
        }
        let before = self.version;
        self.version = before.plus(kept.len() as u64);
        let append = append.write(self.stream.clone(), before, kept);
        self.with_snapshot(append, before)
    }

    fn with_snapshot(&self, mut append: Append, before: Version) -> Result<Append> {
        let crosses = before.get() / SNAPSHOT_EVERY < self.version.get() / SNAPSHOT_EVERY;
        if !crosses {
            return Ok(append);
        }
        let state = CanonicalJson::of(&self.state).map_err(Error::internal)?;
        let beside = append.snapshots.iter().map(|it| it.state.as_str().len());
        let bytes = state.as_str().len() + beside.sum::<usize>();
        if bytes > limits::SNAPSHOT_BYTES {
            // Without it the thing loads more slowly, and still loads; a commit that was refused would have to be refused for ever.
            tracing::warn!(stream = %self.stream, bytes, "a state is too long to be kept beside its events");
            return Ok(append);
        }
        append.snapshots.push(Snapshot {
            stream: self.stream.clone(),
            version: self.version,
            reducer: A::REDUCER,
            state,
        });
        Ok(append)
    }

    /// Makes the commit rely on this state.
    pub fn relied_on(&self, append: Append) -> Append {
        append.read(self.stream.clone(), self.version)
    }
}
