#![doc = include_str!("../README.md")]

mod account;
mod balances;
mod entry;
mod journal;
pub mod model;
mod trial;

pub use account::{Account, AccountError, AccountKind, Holder, Side};
pub use balances::{Balances, BoundError, Bounds};
pub use entry::{Entry, EntryError, Layer, Posting};
pub use journal::{EntryId, Journal, JournalEntry, JournalError};
pub use trial::{TrialBalance, TrialLine};
