#![doc = include_str!("../README.md")]

mod api;
mod client;
pub mod endpoints;
pub mod permissions;
mod premiums;
mod registration;
mod settlements;
mod started;
mod visits;

pub use api::JourneysApi;
pub use client::JourneysClient;
pub use premiums::{PremiumCollection, Unpaid};
pub use registration::{
    Gender, Membership, PatientIdentifier, PatientRegistration, Person, RelationshipToHolder,
};
pub use settlements::{AfterReversal, ClaimReversal, RemittancePosting};
pub use started::{Saga, Started};
pub use visits::{
    CancellationAndNoShow, CancellationFee, Collection, CollectionMethod, Ending, PlannedService,
    TerminalSays, VisitCoded, VisitCover, VisitSlot, VisitToCash,
};

/// Most services that a benefit is reserved for.
pub const MAX_PLANNED_SERVICES: usize = 50;
/// Most identifiers of a person.
pub const MAX_IDENTIFIERS: usize = 20;
/// Most characters of a name or another short text.
pub const MAX_TEXT_CHARS: usize = 200;
/// Most characters of a reason.
pub const MAX_REASON_CHARS: usize = 500;
/// The shortest time for which a slot is held while its visit is arranged, in seconds.
pub const MIN_HOLD_SECONDS: u32 = 60;
/// The longest.
pub const MAX_HOLD_SECONDS: u32 = 24 * 60 * 60;
/// Longest notice by which an appointment may be cancelled without a fee, in hours.
pub const MAX_NOTICE_HOURS: u32 = 30 * 24;
