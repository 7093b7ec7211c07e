//! What is read only to be shown.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

tokio::task_local! {
    static SHOWING: Showing;
}

/// Work that reads only to show what it finds. While the server that is written is away, what such work reads may be answered
/// by a replica, and [`Showing::is_behind`] says afterwards whether anything was.
///
/// The work itself does not see it: what it calls in the same task is within. What it spawns is not.
#[derive(Clone, Debug, Default)]
pub struct Showing(Arc<Seen>);

#[derive(Debug, Default)]
struct Seen {
    behind: AtomicBool,
    /// The replica that is asked first, so that one answer is put together from one of them.
    first: OnceLock<usize>,
}

impl Showing {
    /// Does all of `work` within.
    pub async fn around<T>(&self, work: impl Future<Output = T>) -> T {
        SHOWING.scope(self.clone(), work).await
    }

    /// Whether something of what was read may lack what was written last.
    pub fn is_behind(&self) -> bool {
        self.0.behind.load(Ordering::Relaxed)
    }

    /// That which the present task is within.
    pub(crate) fn current() -> Option<Self> {
        SHOWING.try_with(Clone::clone).ok()
    }

    pub(crate) fn note_behind(&self) {
        self.0.behind.store(true, Ordering::Relaxed);
    }

    /// The replica that is asked first: `turn` says whose turn it is when nobody was asked yet.
    pub(crate) fn first(&self, turn: impl FnOnce() -> usize) -> usize {
        *self.0.first.get_or_init(turn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_within_what_is_around_it_and_what_it_spawns_is_not() {
        assert!(Showing::current().is_none());
        let showing = Showing::default();
        let work = async {
            let current = Showing::current().expect("it is within");
            assert_eq!((current.first(|| 3), current.first(|| 4)), (3, 3));
            let spawned = tokio::spawn(async { Showing::current().is_some() });
            assert!(!spawned.await.expect("it ends"));
            assert!(!showing.is_behind());
            current.note_behind();
        };
        showing.around(work).await;
        assert!(showing.is_behind());
        assert!(Showing::current().is_none());
    }
}
