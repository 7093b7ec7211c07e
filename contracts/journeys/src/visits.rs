//! A visit, from its slot to its money; and one that does not take place.

use jiff::Timestamp;
use jiff::civil::Date;
use medcover_kernel::{
    AppointmentId, AuthorisationId, EncounterId, MemberId, Money, PatientId, SagaId,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// `visit-to-cash`: a slot is held, the benefit reserved, the appointment booked; once the visit is coded it is invoiced,
/// claimed and decided on, the patient's share is collected, and the agent's commission follows.
///
/// Whatever is refused before the payment undoes what was done so far. A payment that is declined undoes nothing: the visit
/// took place, and what it costs stays owed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VisitToCash {
    /// Who is to be seen.
    pub patient: PatientId,
    /// When, and for what.
    pub slot: VisitSlot,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    pub description: Option<String>,
    /// For how long the slot is held while benefit and appointment are arranged, in seconds.
    #[serde(default = "a_quarter_of_an_hour")]
    #[schema(minimum = 60, maximum = 86400)]
    pub hold_seconds: u32,
    /// Who pays before the patient does. Without it the patient pays all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cover: Option<VisitCover>,
    /// How the patient's share is paid.
    pub collection: Collection,
    /// Who earns a commission on what is collected; where nothing is given, the agent of the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<Uuid>,
}

const fn a_quarter_of_an_hour() -> u32 {
    900
}

/// A slot, as the hospital lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VisitSlot {
    /// Whose hours.
    pub schedule: Uuid,
    /// What is booked.
    pub service: Uuid,
    /// When it begins.
    #[schema(value_type = String, format = DateTime, example = "2026-05-04T09:30:00Z")]
    pub start: Timestamp,
}

/// How a visit is covered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VisitCover {
    /// The member who is the patient.
    pub member: MemberId,
    /// The day of the visit, by the clock of the place.
    #[schema(value_type = String, format = Date)]
    pub service_on: Date,
    /// What the benefit is reserved for; nothing is reserved where nothing is given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 50)]
    pub services: Vec<PlannedService>,
}

/// A service that is planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedService {
    /// Its code, or the beginning of one.
    #[schema(example = "99213", min_length = 1, max_length = 64)]
    pub procedure: String,
    /// How many units.
    #[schema(minimum = 1)]
    pub units: u32,
    /// The expected charge for all of them.
    pub estimate: Money,
}

/// How money is collected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Collection {
    /// How it comes.
    pub method: CollectionMethod,
    /// What the terminal says, for a card, where that is known already. Without it the payment is pending until the desk says
    /// so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminal: Option<TerminalSays>,
    /// A number of a receipt or a transfer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub reference: Option<String>,
}

/// How money comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CollectionMethod {
    /// Counted at the desk.
    Cash,
    /// By a card terminal.
    Card,
    /// To the bank account: pending until somebody sees it there.
    Transfer,
}

/// What the display of a card terminal says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TerminalSays {
    /// It took the money.
    Approved,
    /// It did not.
    Declined,
    /// It went dark; nobody knows.
    NoAnswer,
}

/// That the visit which a `visit-to-cash` waits for is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VisitCoded {
    /// The visit: that of the run's appointment.
    pub encounter: EncounterId,
}

/// `cancellation-and-no-show`: an appointment does not take place. Its slot is free again, its benefit returns, the
/// `visit-to-cash` that waits for it is undone, and a fee is invoiced where one is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancellationAndNoShow {
    /// Which one.
    pub appointment: AppointmentId,
    /// Why it does not take place.
    pub ending: Ending,
    /// The reason, for people.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
    /// The `visit-to-cash` that booked it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    pub visit: Option<SagaId>,
    /// The authorisation that is taken back; where nothing is given, that of `visit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorisation: Option<AuthorisationId>,
    /// What it costs, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<CancellationFee>,
}

/// Why an appointment does not take place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// It was cancelled.
    Cancelled,
    /// The patient did not come.
    NoShow,
}

/// What an appointment costs that does not take place. One that was missed is always due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancellationFee {
    /// How much, more than nothing.
    pub amount: Money,
    /// How many hours before its begin it may be cancelled without a fee.
    #[schema(maximum = 720)]
    pub notice_hours: u32,
}
