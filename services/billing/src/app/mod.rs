//! The use cases, and the service that offers them.

mod adjudicate;
mod allocate;
mod allocation;
mod books;
mod charges;
mod commissions;
mod issue_invoice;
mod reads;
mod refunds;
mod remittances;
mod service;
mod take_back_invoice;
mod take_payment;
mod views;
mod workers;
mod write_offs;

pub use service::BillingService;
pub(crate) use workers::subscriptions;

use async_trait::async_trait;
use medcover_contract_billing::endpoints::{
    InvoiceQuery, PageQuery, PaymentQuery, RefundQuery, RemittanceQuery, WriteOffQuery,
};
use medcover_contract_billing::{
    AccrueCommissionRequest, AdjudicationRequest, Agent, AgentId, AgentList, AgentRequest,
    AllocationRequest, BillingApi, Charges, ClosePeriodRequest, CommissionPlan, CommissionPlanList,
    CommissionPlanRequest, CommissionSettlement, Commissions, CreditRequest, EarnPremiumRequest,
    Invoice, InvoiceList, InvoiceRequest, IssueDraftRequest, JournalList, Payment, PaymentList,
    PaymentRequest, Periods, ReasonRequest, RecordChargesRequest, Refund, RefundId, RefundList,
    RefundRequest, RemittancePosting, RemittancePostingList, RemittanceRequest,
    ReopenPeriodRequest, ResolveRequest, SettleCommissionRequest, Statement, TrialBalance,
    UnallocateRequest, WithdrawAdjudicationRequest, WriteOff, WriteOffId, WriteOffList,
    WriteOffRequest,
};
use medcover_kernel::{Allowed, Call, EncounterId, InvoiceId, PaymentId, RemittanceId, Result};
use uuid::Uuid;

#[async_trait]
impl BillingApi for BillingService {
    async fn record_charges(&self, call: &Call, request: RecordChargesRequest) -> Result<Charges> {
        self.begin(call)?;
        charges::record_charges(self, Allowed::by(call)?, request).await
    }

    async fn charges(&self, call: &Call, encounter: EncounterId) -> Result<Charges> {
        self.begin(call)?;
        charges::charges(self, Allowed::by(call)?, encounter).await
    }

    async fn cancel_charges(&self, call: &Call, encounter: EncounterId) -> Result<Charges> {
        self.begin(call)?;
        charges::cancel_charges(self, Allowed::by(call)?, encounter).await
    }

    async fn issue_invoice(&self, call: &Call, request: InvoiceRequest) -> Result<Invoice> {
        self.begin(call)?;
        issue_invoice::issue_invoice(self, Allowed::by(call)?, request).await
    }

    async fn draft_invoice(&self, call: &Call, request: InvoiceRequest) -> Result<Invoice> {
        self.begin(call)?;
        issue_invoice::draft_invoice(self, Allowed::by(call)?, request).await
    }

    async fn issue_draft(
        &self,
        call: &Call,
        invoice: InvoiceId,
        request: IssueDraftRequest,
    ) -> Result<Invoice> {
        self.begin(call)?;
        issue_invoice::issue_draft(self, Allowed::by(call)?, invoice, request).await
    }

    async fn void_invoice(
        &self,
        call: &Call,
        invoice: InvoiceId,
        request: ReasonRequest,
    ) -> Result<Invoice> {
        self.begin(call)?;
        take_back_invoice::void_invoice(self, Allowed::by(call)?, invoice, request).await
    }

    async fn withdraw_invoice(
        &self,
        call: &Call,
        invoice: InvoiceId,
        request: ReasonRequest,
    ) -> Result<()> {
        self.begin(call)?;
        take_back_invoice::withdraw_invoice(self, Allowed::by(call)?, invoice, request).await
    }

    async fn credit_invoice(
        &self,
        call: &Call,
        invoice: InvoiceId,
        request: CreditRequest,
    ) -> Result<Invoice> {
        self.begin(call)?;
        take_back_invoice::credit_invoice(self, Allowed::by(call)?, invoice, request).await
    }

    async fn apply_adjudication(
        &self,
        call: &Call,
        invoice: InvoiceId,
        request: AdjudicationRequest,
    ) -> Result<Invoice> {
        self.begin(call)?;
        adjudicate::apply_adjudication(self, Allowed::by(call)?, invoice, request).await
    }

    async fn withdraw_adjudication(
        &self,
        call: &Call,
        invoice: InvoiceId,
        request: WithdrawAdjudicationRequest,
    ) -> Result<Invoice> {
        self.begin(call)?;
        adjudicate::withdraw_adjudication(self, Allowed::by(call)?, invoice, request).await
    }

    async fn earn_premium(
        &self,
        call: &Call,
        invoice: InvoiceId,
        request: EarnPremiumRequest,
    ) -> Result<Invoice> {
        self.begin(call)?;
        adjudicate::earn_premium(self, Allowed::by(call)?, invoice, request).await
    }

    async fn invoice(&self, call: &Call, invoice: InvoiceId) -> Result<Invoice> {
        self.begin(call)?;
        reads::invoice(self, Allowed::by(call)?, invoice).await
    }

    async fn invoices(&self, call: &Call, query: InvoiceQuery) -> Result<InvoiceList> {
        self.begin(call)?;
        reads::invoices(self, Allowed::by(call)?, query).await
    }

    async fn take_payment(&self, call: &Call, request: PaymentRequest) -> Result<Payment> {
        self.begin(call)?;
        take_payment::take_payment(self, Allowed::by(call)?, request).await
    }

    async fn resolve_payment(
        &self,
        call: &Call,
        payment: PaymentId,
        request: ResolveRequest,
    ) -> Result<Payment> {
        self.begin(call)?;
        take_payment::resolve_payment(self, Allowed::by(call)?, payment, request).await
    }

    async fn charge_back(
        &self,
        call: &Call,
        payment: PaymentId,
        request: ReasonRequest,
    ) -> Result<Payment> {
        self.begin(call)?;
        take_payment::charge_back(self, Allowed::by(call)?, payment, request).await
    }

    async fn allocate(
        &self,
        call: &Call,
        payment: PaymentId,
        request: AllocationRequest,
    ) -> Result<Payment> {
        self.begin(call)?;
        allocate::allocate(self, Allowed::by(call)?, payment, request).await
    }

    async fn unallocate(
        &self,
        call: &Call,
        payment: PaymentId,
        request: UnallocateRequest,
    ) -> Result<Payment> {
        self.begin(call)?;
        allocate::unallocate(self, Allowed::by(call)?, payment, request).await
    }

    async fn payment(&self, call: &Call, payment: PaymentId) -> Result<Payment> {
        self.begin(call)?;
        reads::payment(self, Allowed::by(call)?, payment).await
    }

    async fn payments(&self, call: &Call, query: PaymentQuery) -> Result<PaymentList> {
        self.begin(call)?;
        reads::payments(self, Allowed::by(call)?, query).await
    }

    async fn request_refund(&self, call: &Call, request: RefundRequest) -> Result<Refund> {
        self.begin(call)?;
        refunds::request_refund(self, Allowed::by(call)?, request).await
    }

    async fn approve_refund(&self, call: &Call, refund: RefundId) -> Result<Refund> {
        self.begin(call)?;
        refunds::approve_refund(self, Allowed::by(call)?, refund).await
    }

    async fn reject_refund(
        &self,
        call: &Call,
        refund: RefundId,
        request: ReasonRequest,
    ) -> Result<Refund> {
        self.begin(call)?;
        refunds::reject_refund(self, Allowed::by(call)?, refund, request).await
    }

    async fn send_refund(&self, call: &Call, refund: RefundId) -> Result<Refund> {
        self.begin(call)?;
        refunds::send_refund(self, Allowed::by(call)?, refund).await
    }

    async fn resolve_refund(
        &self,
        call: &Call,
        refund: RefundId,
        request: ResolveRequest,
    ) -> Result<Refund> {
        self.begin(call)?;
        refunds::resolve_refund(self, Allowed::by(call)?, refund, request).await
    }

    async fn refund(&self, call: &Call, refund: RefundId) -> Result<Refund> {
        self.begin(call)?;
        reads::refund(self, Allowed::by(call)?, refund).await
    }

    async fn refunds(&self, call: &Call, query: RefundQuery) -> Result<RefundList> {
        self.begin(call)?;
        reads::refunds(self, Allowed::by(call)?, query).await
    }

    async fn request_write_off(&self, call: &Call, request: WriteOffRequest) -> Result<WriteOff> {
        self.begin(call)?;
        write_offs::request_write_off(self, Allowed::by(call)?, request).await
    }

    async fn approve_write_off(&self, call: &Call, write_off: WriteOffId) -> Result<WriteOff> {
        self.begin(call)?;
        write_offs::approve_write_off(self, Allowed::by(call)?, write_off).await
    }

    async fn reject_write_off(
        &self,
        call: &Call,
        write_off: WriteOffId,
        request: ReasonRequest,
    ) -> Result<WriteOff> {
        self.begin(call)?;
        write_offs::reject_write_off(self, Allowed::by(call)?, write_off, request).await
    }

    async fn write_off(&self, call: &Call, write_off: WriteOffId) -> Result<WriteOff> {
        self.begin(call)?;
        reads::write_off(self, Allowed::by(call)?, write_off).await
    }

    async fn write_offs(&self, call: &Call, query: WriteOffQuery) -> Result<WriteOffList> {
        self.begin(call)?;
        reads::write_offs(self, Allowed::by(call)?, query).await
    }

    async fn post_remittance(
        &self,
        call: &Call,
        request: RemittanceRequest,
    ) -> Result<RemittancePosting> {
        self.begin(call)?;
        remittances::post_remittance(self, Allowed::by(call)?, request).await
    }

    async fn retry_remittance(
        &self,
        call: &Call,
        remittance: RemittanceId,
    ) -> Result<RemittancePosting> {
        self.begin(call)?;
        remittances::retry_remittance(self, Allowed::by(call)?, remittance).await
    }

    async fn dismiss_remittance(
        &self,
        call: &Call,
        remittance: RemittanceId,
        request: ReasonRequest,
    ) -> Result<RemittancePosting> {
        self.begin(call)?;
        remittances::dismiss_remittance(self, Allowed::by(call)?, remittance, request).await
    }

    async fn remittance_posting(
        &self,
        call: &Call,
        remittance: RemittanceId,
    ) -> Result<RemittancePosting> {
        self.begin(call)?;
        reads::remittance_posting(self, Allowed::by(call)?, remittance).await
    }

    async fn remittance_postings(
        &self,
        call: &Call,
        query: RemittanceQuery,
    ) -> Result<RemittancePostingList> {
        self.begin(call)?;
        reads::remittance_postings(self, Allowed::by(call)?, query).await
    }

    async fn make_commission_plan(
        &self,
        call: &Call,
        request: CommissionPlanRequest,
    ) -> Result<CommissionPlan> {
        self.begin(call)?;
        commissions::make_commission_plan(self, Allowed::by(call)?, request).await
    }

    async fn commission_plans(&self, call: &Call, page: PageQuery) -> Result<CommissionPlanList> {
        self.begin(call)?;
        commissions::commission_plans(self, Allowed::by(call)?, page).await
    }

    async fn register_agent(&self, call: &Call, request: AgentRequest) -> Result<Agent> {
        self.begin(call)?;
        commissions::register_agent(self, Allowed::by(call)?, request).await
    }

    async fn agent(&self, call: &Call, agent: AgentId) -> Result<Agent> {
        self.begin(call)?;
        commissions::agent(self, Allowed::by(call)?, agent).await
    }

    async fn agents(&self, call: &Call, page: PageQuery) -> Result<AgentList> {
        self.begin(call)?;
        commissions::agents(self, Allowed::by(call)?, page).await
    }

    async fn commissions(&self, call: &Call, agent: AgentId) -> Result<Commissions> {
        self.begin(call)?;
        commissions::commissions(self, Allowed::by(call)?, agent).await
    }

    async fn accrue_commission(
        &self,
        call: &Call,
        request: AccrueCommissionRequest,
    ) -> Result<Commissions> {
        self.begin(call)?;
        commissions::accrue_commission(self, Allowed::by(call)?, request).await
    }

    async fn settle_commission(
        &self,
        call: &Call,
        request: SettleCommissionRequest,
    ) -> Result<CommissionSettlement> {
        self.begin(call)?;
        commissions::settle_commission(self, Allowed::by(call)?, request).await
    }

    async fn journal(&self, call: &Call, page: PageQuery) -> Result<JournalList> {
        self.begin(call)?;
        books::journal(self, Allowed::by(call)?, page).await
    }

    async fn trial_balance(&self, call: &Call) -> Result<TrialBalance> {
        self.begin(call)?;
        books::trial_balance(self, Allowed::by(call)?).await
    }

    async fn statement(&self, call: &Call, holder: Uuid, page: PageQuery) -> Result<Statement> {
        self.begin(call)?;
        books::statement(self, Allowed::by(call)?, holder, page).await
    }

    async fn periods(&self, call: &Call) -> Result<Periods> {
        self.begin(call)?;
        books::periods(self, Allowed::by(call)?).await
    }

    async fn close_period(&self, call: &Call, request: ClosePeriodRequest) -> Result<Periods> {
        self.begin(call)?;
        books::close_period(self, Allowed::by(call)?, request).await
    }

    async fn reopen_period(&self, call: &Call, request: ReopenPeriodRequest) -> Result<Periods> {
        self.begin(call)?;
        books::reopen_period(self, Allowed::by(call)?, request).await
    }
}
