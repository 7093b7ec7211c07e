//! The rules: pure functions of state, command and moment. Nothing here reads a clock, a store or a password.

pub(crate) mod break_glass;
pub(crate) mod client;
pub(crate) mod events;
pub(crate) mod lock;
pub(crate) mod names;
pub(crate) mod rights;
pub(crate) mod role;
pub(crate) mod session;
pub(crate) mod signing_keys;
pub(crate) mod taken;
pub(crate) mod tenant;
pub(crate) mod user;

use medcover_kernel::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use events::Events;

/// What the events of one stream add up to.
pub(crate) trait Aggregate: Default + Serialize + DeserializeOwned + Send {
    /// The kind of its streams.
    const KIND: &'static str;
    /// Raised whenever [`Aggregate::evolve`] comes to another state: snapshots of before are then not read.
    const REDUCER: u32 = 1;
    /// What can happen to it.
    type Event: Events;
    /// The state after `event`, which happened at `at`.
    fn evolve(&mut self, event: &Self::Event, at: Timestamp);
}
