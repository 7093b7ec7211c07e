//! Where the program is reached at present.

use std::sync::{Condvar, Mutex, MutexGuard};

/// Everybody who wants to ask the program waits here while it is away.
#[derive(Debug, Default)]
pub(super) struct Door {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Closed,
    /// The program listens there.
    Open(String),
    /// It will not come back.
    Shut,
}

impl Door {
    /// The program listens on `host`.
    pub(super) fn open(&self, host: String) {
        *self.state() = State::Open(host);
        self.changed.notify_all();
    }

    /// The program is away for a while.
    pub(super) fn close(&self) {
        *self.state() = State::Closed;
    }

    /// Where the program listens, as soon as it does; nothing when it will not come back.
    pub(super) fn host(&self) -> Option<String> {
        let state = self
            .changed
            .wait_while(self.state(), |state| matches!(state, State::Closed))
            .expect("no code panics under it");
        match &*state {
            State::Open(host) => Some(host.clone()),
            State::Closed | State::Shut => None,
        }
    }

    /// Shuts the door for good when what is returned is dropped, as a panic does.
    pub(super) fn shut_at_the_end(&self) -> Shutting<'_> {
        Shutting(Some(self))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no code panics under it")
    }
}

/// See [`Door::shut_at_the_end`].
pub(super) struct Shutting<'a>(Option<&'a Door>);

impl Shutting<'_> {
    /// The door is not to be shut after all.
    pub(super) fn keep_open(&mut self) {
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
