//! Giving back the memory of what cannot be read any more.
//!
//! What is shown never depends on this: stamps have made the entries unreadable before. So it may take its time, off the
//! threads that answer requests, and leave out what comes meanwhile.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use super::Inner;
use crate::Entry;

/// Drops the entries that are `doomed`, and says how many there were.
pub(super) async fn drop_where(
    inner: &Arc<Inner>,
    doomed: impl Fn(&Entry) -> bool + Send + 'static,
) -> u64 {
    let inner = Arc::clone(inner);
    let pass = move || pass(&inner, doomed);
    if Handle::try_current().is_err() {
        return pass();
    }
    // A pass that panicked has dropped what it had found until then.
    spawn_blocking(pass).await.unwrap_or_default()
}

fn pass(inner: &Inner, doomed: impl Fn(&Entry) -> bool) -> u64 {
    let mut dropped = 0;
    // One after the other: to hold a shard's lock for a pass over it would hold up whoever reads from it.
    for (place, entry) in inner.entries.iter() {
        if doomed(&entry) {
            dropped += u64::from(inner.drop_this(place, &entry));
        }
    }
    dropped
}
