//! The lock of what threads share. In this crate's own tests it is shuttle's, which tries schedules of threads; nothing
//! else in the crate names a lock, so everything that is shared is under those tests.

#[cfg(not(test))]
use std::sync::Mutex;
#[cfg(not(test))]
pub(crate) use std::sync::MutexGuard;
use std::sync::PoisonError;

#[cfg(test)]
use shuttle::sync::Mutex;
#[cfg(test)]
pub(crate) use shuttle::sync::MutexGuard;

/// A mutex that outlives a panic of its holder: no code under it panics half-way through a change.
#[derive(Debug)]
pub(crate) struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    pub(crate) fn hold(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
