//! The service as its callers see it.

use async_trait::async_trait;
use medcover_kernel::{Call, EncounterId, InvoiceId, PaymentId, RemittanceId, Result};
use uuid::Uuid;

use crate::endpoints::{
    InvoiceQuery, PageQuery, PaymentQuery, RefundQuery, RemittanceQuery, WriteOffQuery,
};
use crate::{
    AccrueCommissionRequest, AdjudicationRequest, Agent, AgentId, AgentList, AgentRequest,
    AllocationRequest, Charges, ClosePeriodRequest, CommissionPlan, CommissionPlanList,
    CommissionPlanRequest, CommissionSettlement, Commissions, CreditRequest, EarnPremiumRequest,
    Invoice, InvoiceList, InvoiceRequest, IssueDraftRequest, JournalList, Payment, PaymentList,
    PaymentRequest, Periods, ReasonRequest, RecordChargesRequest, Refund, RefundId, RefundList,
    RefundRequest, RemittancePosting, RemittancePostingList, RemittanceRequest,
    ReopenPeriodRequest, ResolveRequest, SettleCommissionRequest, Statement, TrialBalance,
    UnallocateRequest, WithdrawAdjudicationRequest, WriteOff, WriteOffId, WriteOffList,
    WriteOffRequest,
};

/// The billing service. In process it is the service itself, elsewhere its HTTP client.
///
/// Everything that moves money needs an idempotency key in its call. Lists go on after the entry that `after` names: the
/// `next` of the page before.
#[async_trait]
pub trait BillingApi: Send + Sync {
    /// Records charges of a visit; those that are known already are left as they are. `Conflict` where one of them is known
    /// otherwise, or the charges are on an invoice or cancelled.
    async fn record_charges(&self, call: &Call, request: RecordChargesRequest) -> Result<Charges>;

    /// The charges of a visit.
    async fn charges(&self, call: &Call, encounter: EncounterId) -> Result<Charges>;

    /// Cancels the charges of a visit that are on no invoice. None can be recorded any more.
    async fn cancel_charges(&self, call: &Call, encounter: EncounterId) -> Result<Charges>;

    /// Issues an invoice: one for each visit and kind, and one for each policy and first day of cover.
    async fn issue_invoice(&self, call: &Call, request: InvoiceRequest) -> Result<Invoice>;

    /// Drafts an invoice.
    async fn draft_invoice(&self, call: &Call, request: InvoiceRequest) -> Result<Invoice>;

    /// Issues a draft under the next number of its series.
    async fn issue_draft(
        &self,
        call: &Call,
        invoice: InvoiceId,
        request: IssueDraftRequest,
    ) -> Result<Invoice>;

    /// Voids an invoice against which nothing stands.
    async fn void_invoice(
        &self,
        call: &Call,
        invoice: InvoiceId,
        request: ReasonRequest,
    ) -> Result<Invoice>;

    /// Takes an invoice back, whatever its state, and as often as asked: by voiding it, or, where something stands against it,
    /// by crediting all of it. One that never was is closed, and cannot be issued later.
    async fn withdraw_invoice(
        &self,
        call: &Call,
        invoice: InvoiceId,
        request: ReasonRequest,
    ) -> Result<()>;

    /// Gives part of an invoice up.
    async fn credit_invoice(
        &self,
        call: &Call,
        invoice: InvoiceId,
        request: CreditRequest,
    ) -> Result<Invoice>;

    /// Gives the sides of an invoice the shares that the insurer decided on. A newer version replaces the earlier by the
    /// difference; the same one, and an older one that comes late, change nothing. What a side has paid beyond its new share
    /// is unapplied cash again.
    async fn apply_adjudication(
        &self,
        call: &Call,
        invoice: InvoiceId,
        request: AdjudicationRequest,
    ) -> Result<Invoice>;

    /// Takes an adjudication back; the payer owes everything again. One that never came is closed.
    async fn withdraw_adjudication(
        &self,
        call: &Call,
        invoice: InvoiceId,
        request: WithdrawAdjudicationRequest,
    ) -> Result<Invoice>;

    /// Earns the premium of the days that have passed.
    async fn earn_premium(
        &self,
        call: &Call,
        invoice: InvoiceId,
        request: EarnPremiumRequest,
    ) -> Result<Invoice>;

    /// An invoice.
    async fn invoice(&self, call: &Call, invoice: InvoiceId) -> Result<Invoice>;

    /// Invoices: all, of one patient, or in one state.
    async fn invoices(&self, call: &Call, query: InvoiceQuery) -> Result<InvoiceList>;

    /// Takes a payment. `Conflict` (`payment-in-doubt`) while another for the same invoice is pending or unknown.
    async fn take_payment(&self, call: &Call, request: PaymentRequest) -> Result<Payment>;

    /// Finds out what became of a payment that is pending or unknown: from the request, or from whoever processed it.
    async fn resolve_payment(
        &self,
        call: &Call,
        payment: PaymentId,
        request: ResolveRequest,
    ) -> Result<Payment>;

    /// Notes that the bank took a payment back; invoices are open again by what stood against them.
    async fn charge_back(
        &self,
        call: &Call,
        payment: PaymentId,
        request: ReasonRequest,
    ) -> Result<Payment>;

    /// Puts money of a payment against an invoice.
    async fn allocate(
        &self,
        call: &Call,
        payment: PaymentId,
        request: AllocationRequest,
    ) -> Result<Payment>;

    /// Takes money of a payment back from an invoice, as often as asked. What never was is closed, and cannot be made later.
    async fn unallocate(
        &self,
        call: &Call,
        payment: PaymentId,
        request: UnallocateRequest,
    ) -> Result<Payment>;

    /// A payment.
    async fn payment(&self, call: &Call, payment: PaymentId) -> Result<Payment>;

    /// Payments: all, of one party, or in one state, such as those that are unknown.
    async fn payments(&self, call: &Call, query: PaymentQuery) -> Result<PaymentList>;

    /// Asks for a refund. `Refused` (`refund-exceeds-payment`) beyond what is left of the payment, whoever else asks at once.
    async fn request_refund(&self, call: &Call, request: RefundRequest) -> Result<Refund>;

    /// Approves a refund. `Refused` (`second-person-needed`) by whoever asked for it.
    async fn approve_refund(&self, call: &Call, refund: RefundId) -> Result<Refund>;

    /// Rejects a refund that somebody else asked for, or takes back one that was not sent.
    async fn reject_refund(
        &self,
        call: &Call,
        refund: RefundId,
        request: ReasonRequest,
    ) -> Result<Refund>;

    /// Sends the money of an approved refund the way it came.
    async fn send_refund(&self, call: &Call, refund: RefundId) -> Result<Refund>;

    /// Finds out what became of a refund that was sent.
    async fn resolve_refund(
        &self,
        call: &Call,
        refund: RefundId,
        request: ResolveRequest,
    ) -> Result<Refund>;

    /// A refund.
    async fn refund(&self, call: &Call, refund: RefundId) -> Result<Refund>;

    /// Refunds: all, or in one state.
    async fn refunds(&self, call: &Call, query: RefundQuery) -> Result<RefundList>;

    /// Asks for a write-off.
    async fn request_write_off(&self, call: &Call, request: WriteOffRequest) -> Result<WriteOff>;

    /// Approves a write-off. `Refused` (`second-person-needed`) by whoever asked for it.
    async fn approve_write_off(&self, call: &Call, write_off: WriteOffId) -> Result<WriteOff>;

    /// Rejects a write-off that somebody else asked for.
    async fn reject_write_off(
        &self,
        call: &Call,
        write_off: WriteOffId,
        request: ReasonRequest,
    ) -> Result<WriteOff>;

    /// A write-off.
    async fn write_off(&self, call: &Call, write_off: WriteOffId) -> Result<WriteOff>;

    /// Write-offs: all, or in one state.
    async fn write_offs(&self, call: &Call, query: WriteOffQuery) -> Result<WriteOffList>;

    /// Posts a remittance once: for its payer and trace, and for its content, under whatever control number it comes again. One
    /// that does not balance, or whose claims do not fit their invoices, is parked with the reasons.
    async fn post_remittance(
        &self,
        call: &Call,
        request: RemittanceRequest,
    ) -> Result<RemittancePosting>;

    /// Tries again to post a remittance that is parked.
    async fn retry_remittance(
        &self,
        call: &Call,
        remittance: RemittanceId,
    ) -> Result<RemittancePosting>;

    /// Dismisses a remittance that is parked; its trace can then come again.
    async fn dismiss_remittance(
        &self,
        call: &Call,
        remittance: RemittanceId,
        request: ReasonRequest,
    ) -> Result<RemittancePosting>;

    /// A remittance, and what became of it.
    async fn remittance_posting(
        &self,
        call: &Call,
        remittance: RemittanceId,
    ) -> Result<RemittancePosting>;

    /// Remittances: all, or in one state, such as those that are parked.
    async fn remittance_postings(
        &self,
        call: &Call,
        query: RemittanceQuery,
    ) -> Result<RemittancePostingList>;

    /// Makes a commission plan.
    async fn make_commission_plan(
        &self,
        call: &Call,
        request: CommissionPlanRequest,
    ) -> Result<CommissionPlan>;

    /// The commission plans.
    async fn commission_plans(&self, call: &Call, page: PageQuery) -> Result<CommissionPlanList>;

    /// Registers an agent, or gives one another plan for what is collected from now on.
    async fn register_agent(&self, call: &Call, request: AgentRequest) -> Result<Agent>;

    /// An agent.
    async fn agent(&self, call: &Call, agent: AgentId) -> Result<Agent>;

    /// The agents.
    async fn agents(&self, call: &Call, page: PageQuery) -> Result<AgentList>;

    /// What an agent earned.
    async fn commissions(&self, call: &Call, agent: AgentId) -> Result<Commissions>;

    /// Lets the commission of an allocation follow what stands of it now; as often as asked.
    async fn accrue_commission(
        &self,
        call: &Call,
        request: AccrueCommissionRequest,
    ) -> Result<Commissions>;

    /// Pays out what is payable to an agent. `Refused` (`nothing-payable`) where nothing is.
    async fn settle_commission(
        &self,
        call: &Call,
        request: SettleCommissionRequest,
    ) -> Result<CommissionSettlement>;

    /// The journal, the first entries first.
    async fn journal(&self, call: &Call, page: PageQuery) -> Result<JournalList>;

    /// The sums of all accounts.
    async fn trial_balance(&self, call: &Call) -> Result<TrialBalance>;

    /// What was booked to the accounts of a patient, payer, policy or agent.
    async fn statement(&self, call: &Call, holder: Uuid, page: PageQuery) -> Result<Statement>;

    /// Which months are closed.
    async fn periods(&self, call: &Call) -> Result<Periods>;

    /// Closes a month that is over; nothing can be booked to it any more.
    async fn close_period(&self, call: &Call, request: ClosePeriodRequest) -> Result<Periods>;

    /// Opens a closed month again.
    async fn reopen_period(&self, call: &Call, request: ReopenPeriodRequest) -> Result<Periods>;
}
