//! Events of one service, heard by others: by name or pattern, once in effect.

mod catalogue;
mod pattern;
mod relay;
mod subscription;

pub use catalogue::{Catalogue, DescribedEvent, EventType, Outdated};
pub use pattern::{Pattern, PatternError};
pub use subscription::{EventSource, Subscriber, Subscription, log_of};
