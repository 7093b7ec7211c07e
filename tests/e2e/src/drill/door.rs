//! Where the program is reached at present.

use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

use crate::http::PATIENCE;

/// Everybody who wants to ask the program waits here while it is away.
#[derive(Debug)]
pub(crate) struct Door {
    state: Mutex<State>,
    changed: Condvar,
    /// How long an answer is waited for.
    pub(super) patience: Duration,
}

impl Default for Door {
    fn default() -> Self {
        Self::with_patience(PATIENCE)
    }
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Closed,
    /// The program listens there: at one or more places.
    Open(Vec<String>),
    /// It will not come back.
    Shut,
}

impl Door {
    /// One that is closed, where an answer is waited for so long.
    pub(crate) fn with_patience(patience: Duration) -> Self {
        Self {
            state: Mutex::default(),
            changed: Condvar::new(),
            patience,
        }
    }

    /// The program listens on `hosts`, at least one.
    pub(crate) fn open(&self, hosts: Vec<String>) {
        *self.state() = State::Open(hosts);
        self.changed.notify_all();
    }

    /// The program is away for a while.
    pub(super) fn close(&self) {
        *self.state() = State::Closed;
    }

    /// Where the program listens, as soon as it does; nothing when it will not come back. Of several places it is the one
    /// that comes round at `turn`.
    pub(super) fn host(&self, turn: usize) -> Option<String> {
        let state = self
            .changed
            .wait_while(self.state(), |state| matches!(state, State::Closed))
            .expect("no code panics under it");
        match &*state {
            State::Open(hosts) => hosts.get(turn % hosts.len()).cloned(),
            State::Closed | State::Shut => None,
        }
    }

    /// Shuts the door for good when what is returned is dropped, as a panic does.
    pub(crate) fn shut_at_the_end(&self) -> Shutting<'_> {
        Shutting(Some(self))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no code panics under it")
    }
}

/// See [`Door::shut_at_the_end`].
pub(crate) struct Shutting<'a>(Option<&'a Door>);

impl Shutting<'_> {
    /// The door is not to be shut after all.
    pub(crate) fn keep_open(&mut self) {
        self.0 = None;
    }
}

impl Drop for Shutting<'_> {
    fn drop(&mut self) {
        if let Some(door) = self.0 {
            *door.state() = State::Shut;
            door.changed.notify_all();
        }
    }
}
