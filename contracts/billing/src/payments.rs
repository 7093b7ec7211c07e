//! Payments, and what they are put against.

use jiff::civil::Date;
use medcover_kernel::{InvoiceId, Money, PatientId, PaymentId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{AllocationId, Side};

/// What kind of party pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PartyKind {
    /// A patient or policyholder.
    Patient,
    /// A payer.
    Payer,
}

impl PartyKind {
    /// The side of an invoice that such a party pays.
    pub const fn side(self) -> Side {
        match self {
            Self::Patient => Side::Patient,
            Self::Payer => Side::Payer,
        }
    }
}

/// Who pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// Which kind.
    pub kind: PartyKind,
    /// Which one.
    pub id: Uuid,
}

impl Party {
    /// A patient.
    pub const fn patient(patient: PatientId) -> Self {
        Self {
            kind: PartyKind::Patient,
            id: patient.as_uuid(),
        }
    }

    /// A payer.
    pub const fn payer(payer: Uuid) -> Self {
        Self {
            kind: PartyKind::Payer,
            id: payer,
        }
    }
}

/// How money comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PaymentMethod {
    /// Counted at the desk; succeeds at once.
    Cash,
    /// By a card terminal, whose result is typed in.
    Card,
    /// To the bank account; pending until somebody sees it there.
    Transfer,
    /// With a remittance of a payer. Such a payment is made by posting the remittance, and by nothing else.
    Remittance,
}

/// What the display of a card terminal says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TerminalResult {
    /// It took the money.
    Approved,
    /// It did not.
    Declined,
    /// It went dark; nobody knows.
    NoAnswer,
}

/// A payment to be taken. The same id with the same content is the same payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentRequest {
    /// Chosen by the caller.
    pub id: PaymentId,
    /// Who pays.
    pub from: Party,
    /// How much, above zero.
    pub amount: Money,
    /// How.
    pub method: PaymentMethod,
    /// What the terminal says, for a card; without it the payment is pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminal: Option<TerminalResult>,
    /// The invoice it is meant for. While such a payment is pending or unknown, no other is taken for that invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice: Option<InvoiceId>,
    /// Whether it is put against that invoice by itself once it succeeds.
    #[serde(default)]
    pub allocate: bool,
    /// A number of a receipt or a transfer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The day to which it is booked; by default today, by UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub on: Option<Date>,
}

/// What became of money that was asked for or sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProcessorOutcome {
    /// It has moved.
    Succeeded,
    /// It has not, and will not.
    Failed,
}

/// What a person found out about a payment or refund that is pending or unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveRequest {
    /// What became of it. Without it, whoever processed it is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<ProcessorOutcome>,
    /// What it is known by: a receipt, a line of the bank's statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// In which state a payment is.
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
pub enum PaymentState {
    /// Nobody was asked for money yet.
    #[default]
    Created,
    /// Somebody was; no answer yet.
    Pending,
    /// The money is here.
    Succeeded,
    /// It is not, and will not be.
    Failed,
    /// Nobody knows.
    Unknown,
    /// It was here, and was taken back.
    ChargedBack,
}

impl PaymentState {
    /// The name, as it stands in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::ChargedBack => "charged-back",
        }
    }
}

/// Money to be put against an invoice, on the side of whoever paid it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AllocationRequest {
    /// Chosen by the caller.
    pub id: AllocationId,
    /// The invoice.
    pub invoice: InvoiceId,
    /// How much, above zero: no more than is left of the payment, and than is open on that side.
    pub amount: Money,
}

/// An allocation to be taken back. One that never was is closed, and cannot be made later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnallocateRequest {
    /// Which.
    pub id: AllocationId,
    /// Why.
    pub reason: String,
}

/// Money of a payment that stands against an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Allocation {
    /// The id.
    pub id: AllocationId,
    /// The invoice.
    pub invoice: InvoiceId,
    /// On which side.
    pub side: Side,
    /// How much of it still stands.
    pub amount: Money,
}

/// A payment. `amount = allocated + unapplied + refunded`, once it has succeeded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Payment {
    /// The id.
    pub id: PaymentId,
    /// How many changes it has seen.
    pub version: u64,
    /// The state.
    pub state: PaymentState,
    /// Who pays.
    pub from: Party,
    /// How much.
    pub amount: Money,
    /// How.
    pub method: PaymentMethod,
    /// The invoice it is meant for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice: Option<InvoiceId>,
    /// What it is known by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What stands against invoices.
    pub allocated: Money,
    /// What does not.
    pub unapplied: Money,
    /// What was given back, or is agreed to be.
    pub refunded: Money,
    /// What is asked to be given back, and not agreed yet.
    pub held: Money,
    /// What it stands against.
    pub allocations: Vec<Allocation>,
}

/// A page of payments, those taken first first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PaymentList {
    /// The payments.
    pub payments: Vec<Payment>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
