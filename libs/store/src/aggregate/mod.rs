//! Things, folded from their streams, and the way of a use case: load, decide, commit, and again when somebody else was
//! faster.

mod events;
mod loaded;
mod page;
mod repository;

#[doc(hidden)]
pub use events::macros;
pub use events::{EventExample, Events};
pub use loaded::{Loaded, check_version, load};
pub use page::{Page, page};
pub use repository::{Repository, Tries};

use medcover_kernel::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What the events of one stream add up to.
pub trait Aggregate: Default + Serialize + DeserializeOwned + Send {
    /// The kind of its streams.
    const KIND: &'static str;
    /// Raised whenever [`Aggregate::evolve`] comes to another state: snapshots of before are then not read.
    const REDUCER: u32 = 1;
    /// What can happen to it.
    type Event: Events;
    /// The state after `event`, which happened at `at`.
    fn evolve(&mut self, event: &Self::Event, at: Timestamp);
}
