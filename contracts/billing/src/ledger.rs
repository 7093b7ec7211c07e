//! The books: entries, sums, statements.

use jiff::civil::Date;
use medcover_kernel::{Currency, Money};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// An amount on an account: a debit where it is positive, a credit where it is negative.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PostingView {
    /// The account: `cash`, or `patient-receivable:0198…` where it is kept for each holder.
    pub account: String,
    /// `reserved`, `pending` or `settled`.
    pub layer: String,
    /// How much.
    pub amount: Money,
}

/// An entry of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JournalLine {
    /// The id.
    pub id: Uuid,
    /// The day to which it is booked.
    #[schema(value_type = String, format = Date)]
    pub on: Date,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub at: String,
    /// The event whose effect it is: `invoice.issued`.
    pub event: String,
    /// What it happened to: the id of the invoice, payment and so on.
    pub source: Uuid,
    /// The entry that it takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverses: Option<Uuid>,
    /// What it moves. The amounts add up to zero for each currency and layer.
    pub postings: Vec<PostingView>,
}

/// A page of the journal, the first entries first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JournalList {
    /// The entries.
    pub entries: Vec<JournalLine>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Debits and credits of one kind of account in one layer and currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TrialBalanceLine {
    /// Of which kind of account.
    pub account: String,
    /// In which layer.
    pub layer: String,
    /// Of which currency.
    pub currency: Currency,
    /// All debits, in minor units.
    pub debit_minor: i64,
    /// All credits, in minor units.
    pub credit_minor: i64,
}

/// The sums of all accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TrialBalance {
    /// The place in the log up to which entries are counted.
    pub position: u64,
    /// Whether debits equal credits in each layer and currency.
    pub balanced: bool,
    /// The sums.
    pub lines: Vec<TrialBalanceLine>,
}

/// A line of a statement: a settled amount on an account of the holder. A debit is positive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StatementLine {
    /// The id.
    pub id: Uuid,
    /// The day to which it is booked.
    #[schema(value_type = String, format = Date)]
    pub on: Date,
    /// The event whose effect it is.
    pub event: String,
    /// What it happened to.
    pub source: Uuid,
    /// The kind of account: `patient-receivable`, `unapplied-cash`.
    pub account: String,
    /// How much.
    pub amount: Money,
}

/// A page of a statement, the first lines first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Statement {
    /// The patient, payer, policy or agent.
    pub holder: Uuid,
    /// The lines.
    pub lines: Vec<StatementLine>,
    /// The value of `after` for the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
