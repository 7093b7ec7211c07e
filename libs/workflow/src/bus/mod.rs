//! Events of one service, heard by others: by name or pattern, once in effect.

mod catalogue;
mod direct;
mod pattern;
mod pointer;
mod relay;
mod subscription;

pub use catalogue::{Catalogue, DescribedEvent, EventType, Outdated};
pub use direct::Direct;
pub use pattern::{Pattern, PatternError};
pub use pointer::{EventPointer, Heard};
pub use subscription::{EventSource, Subscriber, Subscription, log_of};
