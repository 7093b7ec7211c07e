//! The requests that run now, in this process.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use medcover_store::AnswerScope;

/// The scopes of requests that run. Bounded by the requests that the server takes at once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Running(Arc<Mutex<HashSet<String>>>);

/// Held while a request runs, however it ends.
#[derive(Debug)]
pub(crate) struct Entered {
    running: Running,
    scope: String,
}

impl Running {
    /// Notes that the request of `scope` runs, unless one does already.
    pub(crate) fn enter(&self, scope: &AnswerScope) -> Option<Entered> {
        let AnswerScope {
            tenant,
            caller,
            route,
            key,
        } = scope;
        // Neither callers nor operations have white space in their text.
        let scope = format!("{tenant} {caller} {route} {key}");
        let entered = self.scopes().insert(scope.clone());
        entered.then(|| Entered {
            running: self.clone(),
            scope,
        })
    }

    /// No code runs under the lock that could break the set.
    fn scopes(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.running.scopes().remove(&self.scope);
    }
}
