//! Invoices: what is owed, and on which side.

use jiff::civil::Date;
use medcover_kernel::{Currency, EncounterId, InvoiceId, Money, MoneyError, PatientId, PolicyId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{AdjudicationStanding, AgentId, CreditNoteId};

/// What an invoice is for. There is one of each kind for a visit, and one for each period of a policy.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum InvoiceKind {
    /// Care at a visit.
    Visit,
    /// A visit that was cancelled late or missed.
    Fee,
    /// A premium for a time of a policy: what is paid is earned as the time passes.
    Premium,
}

impl InvoiceKind {
    /// The name, as it stands in requests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Visit => "visit",
            Self::Fee => "fee",
            Self::Premium => "premium",
        }
    }
}

/// A line of an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvoiceLine {
    /// What it is, in words.
    pub description: String,
    /// What it is, in the house's price list, where it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// How many, 1 or more.
    #[schema(minimum = 1)]
    pub units: u32,
    /// What one costs, zero or more.
    pub unit_price: Money,
}

/// An invoice to be drafted or issued. The same id with the same content is the same invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvoiceRequest {
    /// Chosen by the caller.
    pub id: InvoiceId,
    /// What it is for.
    pub kind: InvoiceKind,
    /// Who owes what no payer pays; of a premium, the policyholder.
    pub patient: PatientId,
    /// The visit. A visit and its fee need one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encounter: Option<EncounterId>,
    /// The policy. A premium needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyId>,
    /// The payer who is billed first. Without one, all of it is the patient's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer: Option<Uuid>,
    /// Who earns a commission on what is collected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentId>,
    /// The series of its number; by default that of its kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<String>,
    /// The lines, all of one currency. Without any, a visit is billed by its recorded charges.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<InvoiceLine>,
    /// The first day of the time that a premium is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub covers_from: Option<Date>,
    /// The last day of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub covers_to: Option<Date>,
    /// The day to which it is booked; by default today, by UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub on: Option<Date>,
    /// The day by which it should be paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub due_on: Option<Date>,
}

/// A draft to be issued.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IssueDraftRequest {
    /// The day to which it is booked; by default that of the draft, else today, by UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub on: Option<Date>,
}

/// Who owes.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The patient, or the policyholder.
    Patient,
    /// The payer.
    Payer,
}

/// Part of an invoice to be given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreditRequest {
    /// Chosen by the caller.
    pub id: CreditNoteId,
    /// Who owes less.
    pub side: Side,
    /// How much less, above zero. What was paid of it is free again for other invoices, or to be given back.
    pub amount: Money,
    /// Why.
    pub reason: String,
}

/// Premium to be earned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EarnPremiumRequest {
    /// The last day that has passed. What was earned by then stays; the rest of it is earned now.
    #[schema(value_type = String, format = Date)]
    pub through: Date,
}

/// In which state an invoice is.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum InvoiceState {
    /// It has no number, and nobody owes anything.
    #[default]
    Draft,
    /// It has a number, and all of it is owed.
    Issued,
    /// Part of it is paid, credited or written off.
    PartiallyPaid,
    /// Nothing of it is owed any more.
    Paid,
    /// It never was, or was taken back as a whole.
    Void,
}

impl InvoiceState {
    /// The name, as it stands in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Issued => "issued",
            Self::PartiallyPaid => "partially-paid",
            Self::Paid => "paid",
            Self::Void => "void",
        }
    }
}

/// What one side owes and has paid. `open = share − credited − written_off − allocated`, and none is below zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SideStanding {
    /// Its part of the total.
    pub share: Money,
    /// What was given up by credit notes.
    pub credited: Money,
    /// What is not expected any more.
    pub written_off: Money,
    /// What was paid and put against it.
    pub allocated: Money,
}

/// How an invoice stands. `total = contractual + patient.share + payer.share`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// What was given up by contract with the payer.
    pub contractual: Money,
    /// The patient's side.
    pub patient: SideStanding,
    /// The payer's side.
    pub payer: SideStanding,
}

impl SideStanding {
    /// A side that owes `share`.
    pub const fn of(share: Money) -> Self {
        let nothing = Money::zero(share.currency());
        Self {
            share,
            credited: nothing,
            written_off: nothing,
            allocated: nothing,
        }
    }
}

impl Standing {
    /// Nobody owes anything.
    pub const fn nothing(currency: Currency) -> Self {
        let nothing = Money::zero(currency);
        Self {
            contractual: nothing,
            patient: SideStanding::of(nothing),
            payer: SideStanding::of(nothing),
        }
    }

    /// What is owed on `side` still.
    pub fn open_on(&self, side: Side) -> Result<Money, MoneyError> {
        let SideStanding {
            share,
            credited,
            written_off,
            allocated,
        } = *self.side(side);
        share.minus(credited)?.minus(written_off)?.minus(allocated)
    }

    /// What is owed still.
    pub fn open(&self) -> Result<Money, MoneyError> {
        self.open_on(Side::Patient)?
            .plus(self.open_on(Side::Payer)?)
    }

    /// The state of an issued invoice that stands so.
    pub fn state(&self) -> InvoiceState {
        let untouched = |side: &SideStanding| {
            side.credited.is_zero() && side.written_off.is_zero() && side.allocated.is_zero()
        };
        match self.open() {
            Ok(open) if open.is_zero() => InvoiceState::Paid,
            _ if untouched(&self.patient) && untouched(&self.payer) => InvoiceState::Issued,
            _ => InvoiceState::PartiallyPaid,
        }
    }

    /// One of its sides.
    pub const fn side(&self, side: Side) -> &SideStanding {
        match side {
            Side::Patient => &self.patient,
            Side::Payer => &self.payer,
        }
    }
}

/// An invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Invoice {
    /// The id.
    pub id: InvoiceId,
    /// How many changes it has seen.
    pub version: u64,
    /// The state.
    pub state: InvoiceState,
    /// The number, once it is issued: `V-000017`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// What it is for.
    pub kind: InvoiceKind,
    /// Who owes what no payer pays.
    pub patient: PatientId,
    /// The visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encounter: Option<EncounterId>,
    /// The policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyId>,
    /// The payer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer: Option<Uuid>,
    /// Who earns a commission on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentId>,
    /// The lines.
    pub lines: Vec<InvoiceLine>,
    /// The sum of the lines.
    pub total: Money,
    /// What is owed of it still.
    pub open: Money,
    /// How it stands.
    pub standing: Standing,
    /// The adjudication that gave the sides their shares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adjudication: Option<AdjudicationStanding>,
    /// What is earned of a premium.
    pub earned: Money,
    /// The day on which it was issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub issued_on: Option<Date>,
    /// The day by which it should be paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub due_on: Option<Date>,
}

/// A page of invoices, those drafted first first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InvoiceList {
    /// The invoices.
    pub invoices: Vec<Invoice>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
