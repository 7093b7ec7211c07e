//! What every simulation stands on: chance, time, a store that is not to be relied on, and a record of what happened.

mod disk;
mod fate;
mod trace;

pub use disk::{Disk, Meddling};
pub use fate::{Fate, SimClock};
pub use trace::Trace;
