//! A thing with what is about to happen to it: several decisions, one after the other, that are kept together.

use medcover_kernel::{Result, Timestamp};
use medcover_store::{Aggregate, Append, Loaded, Repository, StreamId, Version};

/// A thing as it will be.
pub(super) struct Pending<A: Aggregate> {
    loaded: Loaded<A>,
    /// As it will be after the events so far.
    pub(super) state: A,
    events: Vec<A::Event>,
    now: Timestamp,
}

impl<A: Aggregate + Clone> Pending<A> {
    pub(super) fn new(loaded: Loaded<A>, now: Timestamp) -> Self {
        Self {
            state: loaded.state.clone(),
            loaded,
            events: Vec::new(),
            now,
        }
    }

    /// Lets `events` happen.
    pub(super) fn then(&mut self, events: impl IntoIterator<Item = A::Event>) {
        for event in events {
            self.state.evolve(&event, self.now);
            self.events.push(event);
        }
    }

    /// Whether anything is about to happen.
    pub(super) fn changes(&self) -> bool {
        !self.events.is_empty()
    }

    /// The stream of the thing.
    pub(super) const fn stream(&self) -> &StreamId {
        &self.loaded.stream
    }

    /// The version that it will have.
    pub(super) fn version(&self) -> Version {
        self.loaded.version.plus(self.events.len() as u64)
    }

    /// Adds what happens to the commit; where nothing does, the commit relies on the thing as it is.
    pub(super) fn keep(&mut self, repository: &Repository, append: Append) -> Result<Append> {
        if self.events.is_empty() {
            return Ok(self.loaded.relied_on(append));
        }
        let events = std::mem::take(&mut self.events);
        repository.write(append, &mut self.loaded, events)
    }
}
