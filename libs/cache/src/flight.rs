//! One load a key at a time, however many wait for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;
use xxhash_rust::xxh3::xxh3_64;

const SHARDS: usize = 16;

/// By key.
type Cells<T> = HashMap<Box<str>, Arc<OnceCell<T>>>;

/// The loads that are under way. What one of them gives is `T`.
pub(crate) struct Flights<T> {
    shards: [Mutex<Cells<T>>; SHARDS],
}

/// A place among those who wait for one load; the first of them loads, and whenever a load fails, panics or is given up,
/// the next one does.
pub(crate) struct Seat<'a, T> {
    flights: &'a Flights<T>,
    key: &'a str,
    /// There until it is dropped.
    cell: Option<Arc<OnceCell<T>>>,
}

impl<T> Flights<T> {
    pub(crate) fn new() -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
        }
    }

    /// A seat in the flight of `key`, which begins with it if there is none.
    pub(crate) fn join<'a>(&'a self, key: &'a str) -> Seat<'a, T> {
        let mut shard = self.shard(key);
        let cell = match shard.get(key) {
            Some(cell) => Arc::clone(cell),
            None => Arc::clone(shard.entry(key.into()).or_default()),
        };
        drop(shard);
        self.seat(key, cell)
    }

    /// The first seat in a flight of `key`, unless one is under way.
    pub(crate) fn begin<'a>(&'a self, key: &'a str) -> Option<Seat<'a, T>> {
        let mut shard = self.shard(key);
        if shard.contains_key(key) {
            return None;
        }
        let cell = Arc::clone(shard.entry(key.into()).or_default());
        drop(shard);
        Some(self.seat(key, cell))
    }

    fn seat<'a>(&'a self, key: &'a str, cell: Arc<OnceCell<T>>) -> Seat<'a, T> {
        Seat {
            flights: self,
            key,
            cell: Some(cell),
        }
    }

    /// No code runs under the lock that could leave it half changed.
    fn shard(&self, key: &str) -> MutexGuard<'_, Cells<T>> {
        let shard = xxh3_64(key.as_bytes()) as usize % SHARDS;
        let shard = &self.shards[shard];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Seat<'_, T> {
    /// Empty until the flight has landed.
    pub(crate) fn cell(&self) -> &OnceCell<T> {
        self.cell.as_ref().expect("it is there until the drop")
    }
}

impl<T> Drop for Seat<'_, T> {
    /// Ends the flight when it has landed, so that who comes later begins another; and when nobody else waits for it.
    fn drop(&mut self) {
        let mut shard = self.flights.shard(self.key);
        let (Some(of_key), Some(own)) = (shard.get(self.key), self.cell.take()) else {
            return;
        };
        // One is the map's and one ours: they come and go only under this lock.
        let last = Arc::strong_count(&own) <= 2;
        if Arc::ptr_eq(of_key, &own) && (last || own.initialized()) {
            shard.remove(self.key);
        }
    }
}
