//! Things, folded from their streams.

use medcover_kernel::{Clock, Error, EventId, Result, Rng, TenantId};
use medcover_store::{Append, CanonicalJson, Recorded, Snapshot, Store, StreamId, Version};

use crate::domain::Aggregate;
use crate::domain::events::Events as _;

/// After so many events of a stream its state is kept beside them, so that somebody who is guessed at for years can still
/// sign in quickly.
const SNAPSHOT_EVERY: u64 = 64;

/// A thing at a version.
#[derive(Debug)]
pub(crate) struct Loaded<A> {
    pub(crate) stream: StreamId,
    pub(crate) version: Version,
    pub(crate) state: A,
}

/// Loads the thing whose stream is `stream`; one that does not exist is at version 0.
pub(crate) async fn load<A: Aggregate>(
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
        let defect = format!("{} holds an event of kind {}", event.stream, event.kind);
        return Err(Error::internal(defect));
    };
    state.evolve(&read.map_err(Error::internal)?, event.occurred_at);
    Ok(())
}

impl<A: Aggregate> Loaded<A> {
    /// Adds `events` to the commit, and to this state.
    pub(crate) fn write(
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
        if crosses {
            append.snapshots.push(Snapshot {
                stream: self.stream.clone(),
                version: self.version,
                reducer: A::REDUCER,
                state: CanonicalJson::of(&self.state).map_err(Error::internal)?,
            });
        }
        Ok(append)
    }

    /// Makes the commit rely on this state.
    pub(crate) fn relied_on(&self, append: Append) -> Append {
        append.read(self.stream.clone(), self.version)
    }
}
