#![doc = include_str!("../README.md")]

mod adjudication;
mod api;
mod charges;
mod client;
mod commissions;
pub mod endpoints;
pub mod events;
mod ids;
mod invoices;
mod ledger;
mod payments;
mod periods;
pub mod permissions;
mod refunds;
mod remittances;
mod versions;
mod write_offs;

pub use adjudication::{AdjudicationRequest, AdjudicationStanding, WithdrawAdjudicationRequest};
pub use api::BillingApi;
pub use charges::{Charge, ChargeState, Charges, RecordChargesRequest};
pub use client::BillingClient;
pub use commissions::{
    AccrueCommissionRequest, Agent, AgentList, AgentRequest, CommissionAccount, CommissionPlan,
    CommissionPlanList, CommissionPlanRequest, CommissionSettlement, CommissionTerms, Commissions,
    SettleCommissionRequest, Tier,
};
pub use ids::{
    AgentId, AllocationId, ChargeId, CommissionPlanId, CreditNoteId, RefundId, SettlementId,
    WriteOffId,
};
pub use invoices::{
    CreditRequest, EarnPremiumRequest, Invoice, InvoiceKind, InvoiceLine, InvoiceList,
    InvoiceRequest, InvoiceState, IssueDraftRequest, Side, SideStanding, Standing,
};
pub use ledger::{
    JournalLine, JournalList, PostingView, Statement, StatementLine, TrialBalance, TrialBalanceLine,
};
pub use payments::{
    Allocation, AllocationRequest, Party, PartyKind, Payment, PaymentList, PaymentMethod,
    PaymentRequest, PaymentState, ProcessorOutcome, ResolveRequest, TerminalResult,
    UnallocateRequest,
};
pub use periods::{ClosePeriodRequest, Periods, ReopenPeriodRequest};
pub use refunds::{Refund, RefundList, RefundRequest, RefundState};
pub use remittances::{
    ClaimAdjustment, ClaimPayment, ProviderAdjustment, RemittancePosting, RemittancePostingList,
    RemittanceRequest, RemittanceState,
};
pub use write_offs::{WriteOff, WriteOffList, WriteOffRequest, WriteOffState};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Most lines of an invoice, and most charges of an encounter.
pub const MAX_LINES: usize = 200;
/// Most claims in one remittance.
pub const MAX_CLAIMS: usize = 100;
/// Most characters of a reason, a description or a reference.
pub const MAX_TEXT_CHARS: usize = 500;
/// Most characters of a code, a trace or a series.
pub const MAX_CODE_CHARS: usize = 64;
/// Most tiers of a commission plan.
pub const MAX_TIERS: usize = 20;
/// Most allocations of one payment, and of one invoice, that stand at once.
pub const MAX_ALLOCATIONS: usize = 200;

/// Why something is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BillingReasonRequest)]
pub struct ReasonRequest {
    /// The reason, for whoever reads it later.
    #[schema(example = "Entered for the wrong visit")]
    pub reason: String,
}
