//! Every address of the service, as data.

mod commissions;
mod invoices;
mod ledger;
mod payments;
mod refunds;
mod remittances;
mod write_offs;

pub use commissions::{
    ACCRUE_COMMISSION, AGENT, AGENTS, COMMISSION_PLANS, COMMISSIONS, MAKE_COMMISSION_PLAN,
    REGISTER_AGENT, SETTLE_COMMISSION,
};
pub use invoices::{
    APPLY_ADJUDICATION, CANCEL_CHARGES, CHARGES, CREDIT_INVOICE, DRAFT_INVOICE, EARN_PREMIUM,
    INVOICE, INVOICES, ISSUE_DRAFT, ISSUE_INVOICE, RECORD_CHARGES, VOID_INVOICE,
    WITHDRAW_ADJUDICATION, WITHDRAW_INVOICE,
};
pub use ledger::{CLOSE_PERIOD, JOURNAL, PERIODS, REOPEN_PERIOD, STATEMENT, TRIAL_BALANCE};
pub use payments::{
    ALLOCATE, CHARGE_BACK, PAYMENT, PAYMENTS, RESOLVE_PAYMENT, TAKE_PAYMENT, UNALLOCATE,
};
pub use refunds::{
    APPROVE_REFUND, REFUND, REFUNDS, REJECT_REFUND, REQUEST_REFUND, RESOLVE_REFUND, SEND_REFUND,
};
pub use remittances::{
    DISMISS_REMITTANCE, POST_REMITTANCE, REMITTANCE_POSTING, REMITTANCE_POSTINGS, RETRY_REMITTANCE,
};
pub use write_offs::{
    APPROVE_WRITE_OFF, REJECT_WRITE_OFF, REQUEST_WRITE_OFF, WRITE_OFF, WRITE_OFFS,
};

use medcover_kernel::{Limit, PatientId};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use uuid::Uuid;

use crate::{InvoiceState, PaymentState, RefundState, RemittanceState, WriteOffState};

/// The id in an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Path)]
pub struct IdPath {
    /// The id.
    pub id: Uuid,
}

/// A page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// The `next` of the page before.
    #[serde(default)]
    pub after: Option<String>,
    /// How many, 1 to 100.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    pub limit: Option<Limit>,
}

/// A page of invoices: all, of one patient, or in one state. Not both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InvoiceQuery {
    /// Those of this patient.
    #[serde(default)]
    pub patient: Option<PatientId>,
    /// Those in this state.
    #[serde(default)]
    pub state: Option<InvoiceState>,
    /// The `next` of the page before.
    #[serde(default)]
    pub after: Option<String>,
    /// How many, 1 to 100.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    pub limit: Option<Limit>,
}

/// A page of payments: all, of one party, or in one state. Not both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PaymentQuery {
    /// Those of this patient or payer.
    #[serde(default)]
    pub party: Option<Uuid>,
    /// Those in this state.
    #[serde(default)]
    pub state: Option<PaymentState>,
    /// The `next` of the page before.
    #[serde(default)]
    pub after: Option<String>,
    /// How many, 1 to 100.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    pub limit: Option<Limit>,
}

/// A page of refunds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RefundQuery {
    /// Those in this state.
    #[serde(default)]
    pub state: Option<RefundState>,
    /// The `next` of the page before.
    #[serde(default)]
    pub after: Option<String>,
    /// How many, 1 to 100.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    pub limit: Option<Limit>,
}

/// A page of write-offs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WriteOffQuery {
    /// Those in this state.
    #[serde(default)]
    pub state: Option<WriteOffState>,
    /// The `next` of the page before.
    #[serde(default)]
    pub after: Option<String>,
    /// How many, 1 to 100.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    pub limit: Option<Limit>,
}

/// A page of remittances.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RemittanceQuery {
    /// Those in this state.
    #[serde(default)]
    pub state: Option<RemittanceState>,
    /// The `next` of the page before.
    #[serde(default)]
    pub after: Option<String>,
    /// How many, 1 to 100.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    pub limit: Option<Limit>,
}
