//! The billing service in another process.

use async_trait::async_trait;
use medcover_http::{HttpClient, Json, Path, Query};
use medcover_kernel::{Call, EncounterId, InvoiceId, PaymentId, RemittanceId, Result};
use uuid::Uuid;

use crate::endpoints::{
    self as at, IdPath, InvoiceQuery, PageQuery, PaymentQuery, RefundQuery, RemittanceQuery,
    WriteOffQuery,
};
use crate::{
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

/// Asks the billing service over HTTP.
#[derive(Clone, Debug)]
pub struct BillingClient(HttpClient);

impl BillingClient {
    /// The service that `http` reaches.
    pub const fn new(http: HttpClient) -> Self {
        Self(http)
    }
}

const fn id(id: Uuid) -> Path<IdPath> {
    Path(IdPath { id })
}

#[async_trait]
impl BillingApi for BillingClient {
    async fn record_charges(&self, call: &Call, request: RecordChargesRequest) -> Result<Charges> {
        self.0.ask(&at::RECORD_CHARGES, call, Json(request)).await
    }

    async fn charges(&self, call: &Call, encounter: EncounterId) -> Result<Charges> {
        self.0
            .ask(&at::CHARGES, call, id(encounter.as_uuid()))
            .await
    }

    async fn cancel_charges(&self, call: &Call, encounter: EncounterId) -> Result<Charges> {
        self.0
            .ask(&at::CANCEL_CHARGES, call, id(encounter.as_uuid()))
            .await
    }

    async fn issue_invoice(&self, call: &Call, request: InvoiceRequest) -> Result<Invoice> {
        self.0.ask(&at::ISSUE_INVOICE, call, Json(request)).await
    }

    async fn draft_invoice(&self, call: &Call, request: InvoiceRequest) -> Result<Invoice> {
        self.0.ask(&at::DRAFT_INVOICE, call, Json(request)).await
    }

    async fn issue_draft(
        &self,
        call: &Call,
        invoice: InvoiceId,
        request: IssueDraftRequest,
    ) -> Result<Invoice> {
        self.0
            .ask(
                &at::ISSUE_DRAFT,
                call,
                (id(invoice.as_uuid()), Json(request)),
            )
            .await
    }

    async fn void_invoice(
        &self,
        call: &Call,
        invoice: InvoiceId,
        request: ReasonRequest,
    ) -> Result<Invoice> {
        self.0
            .ask(
                &at::VOID_INVOICE,
                call,
                (id(invoice.as_uuid()), Json(request)),
            )
            .await
    }

    async fn withdraw_invoice(
        &self,
        call: &Call,
        invoice: InvoiceId,
        request: ReasonRequest,
    ) -> Result<()> {
        self.0
            .ask(
                &at::WITHDRAW_INVOICE,
                call,
                (id(invoice.as_uuid()), Json(request)),
            )
            .await
    }

    async fn credit_invoice(
        &self,
        call: &Call,
        invoice: InvoiceId,
        request: CreditRequest,
    ) -> Result<Invoice> {
        self.0
            .ask(
                &at::CREDIT_INVOICE,
                call,
                (id(invoice.as_uuid()), Json(request)),
            )
            .await
    }

    async fn apply_adjudication(
        &self,
        call: &Call,
        invoice: InvoiceId,
        request: AdjudicationRequest,
    ) -> Result<Invoice> {
        self.0
            .ask(
                &at::APPLY_ADJUDICATION,
                call,
                (id(invoice.as_uuid()), Json(request)),
            )
            .await
    }

    async fn withdraw_adjudication(
        &self,
        call: &Call,
        invoice: InvoiceId,
        request: WithdrawAdjudicationRequest,
    ) -> Result<Invoice> {
        self.0
            .ask(
                &at::WITHDRAW_ADJUDICATION,
                call,
                (id(invoice.as_uuid()), Json(request)),
            )
            .await
    }

    async fn earn_premium(
        &self,
        call: &Call,
        invoice: InvoiceId,
        request: EarnPremiumRequest,
    ) -> Result<Invoice> {
        self.0
            .ask(
                &at::EARN_PREMIUM,
                call,
                (id(invoice.as_uuid()), Json(request)),
            )
            .await
    }

    async fn invoice(&self, call: &Call, invoice: InvoiceId) -> Result<Invoice> {
        self.0.ask(&at::INVOICE, call, id(invoice.as_uuid())).await
    }

    async fn invoices(&self, call: &Call, query: InvoiceQuery) -> Result<InvoiceList> {
        self.0.ask(&at::INVOICES, call, Query(query)).await
    }

    async fn take_payment(&self, call: &Call, request: PaymentRequest) -> Result<Payment> {
        self.0.ask(&at::TAKE_PAYMENT, call, Json(request)).await
    }

    async fn resolve_payment(
        &self,
        call: &Call,
        payment: PaymentId,
        request: ResolveRequest,
    ) -> Result<Payment> {
        self.0
            .ask(
                &at::RESOLVE_PAYMENT,
                call,
                (id(payment.as_uuid()), Json(request)),
            )
            .await
    }

    async fn charge_back(
        &self,
        call: &Call,
        payment: PaymentId,
        request: ReasonRequest,
    ) -> Result<Payment> {
        self.0
            .ask(
                &at::CHARGE_BACK,
                call,
                (id(payment.as_uuid()), Json(request)),
            )
            .await
    }

    async fn allocate(
        &self,
        call: &Call,
        payment: PaymentId,
        request: AllocationRequest,
    ) -> Result<Payment> {
        self.0
            .ask(&at::ALLOCATE, call, (id(payment.as_uuid()), Json(request)))
            .await
    }

    async fn unallocate(
        &self,
        call: &Call,
        payment: PaymentId,
        request: UnallocateRequest,
    ) -> Result<Payment> {
        self.0
            .ask(
                &at::UNALLOCATE,
                call,
                (id(payment.as_uuid()), Json(request)),
            )
            .await
    }

    async fn payment(&self, call: &Call, payment: PaymentId) -> Result<Payment> {
        self.0.ask(&at::PAYMENT, call, id(payment.as_uuid())).await
    }

    async fn payments(&self, call: &Call, query: PaymentQuery) -> Result<PaymentList> {
        self.0.ask(&at::PAYMENTS, call, Query(query)).await
    }

    async fn request_refund(&self, call: &Call, request: RefundRequest) -> Result<Refund> {
        self.0.ask(&at::REQUEST_REFUND, call, Json(request)).await
    }

    async fn approve_refund(&self, call: &Call, refund: RefundId) -> Result<Refund> {
        self.0
            .ask(&at::APPROVE_REFUND, call, id(refund.as_uuid()))
            .await
    }

    async fn reject_refund(
        &self,
        call: &Call,
        refund: RefundId,
        request: ReasonRequest,
    ) -> Result<Refund> {
        self.0
            .ask(
                &at::REJECT_REFUND,
                call,
                (id(refund.as_uuid()), Json(request)),
            )
            .await
    }

    async fn send_refund(&self, call: &Call, refund: RefundId) -> Result<Refund> {
        self.0
            .ask(&at::SEND_REFUND, call, id(refund.as_uuid()))
            .await
    }

    async fn resolve_refund(
        &self,
        call: &Call,
        refund: RefundId,
        request: ResolveRequest,
    ) -> Result<Refund> {
        self.0
            .ask(
                &at::RESOLVE_REFUND,
                call,
                (id(refund.as_uuid()), Json(request)),
            )
            .await
    }

    async fn refund(&self, call: &Call, refund: RefundId) -> Result<Refund> {
        self.0.ask(&at::REFUND, call, id(refund.as_uuid())).await
    }

    async fn refunds(&self, call: &Call, query: RefundQuery) -> Result<RefundList> {
        self.0.ask(&at::REFUNDS, call, Query(query)).await
    }

    async fn request_write_off(&self, call: &Call, request: WriteOffRequest) -> Result<WriteOff> {
        self.0
            .ask(&at::REQUEST_WRITE_OFF, call, Json(request))
            .await
    }

    async fn approve_write_off(&self, call: &Call, write_off: WriteOffId) -> Result<WriteOff> {
        self.0
            .ask(&at::APPROVE_WRITE_OFF, call, id(write_off.as_uuid()))
            .await
    }

    async fn reject_write_off(
        &self,
        call: &Call,
        write_off: WriteOffId,
        request: ReasonRequest,
    ) -> Result<WriteOff> {
        self.0
            .ask(
                &at::REJECT_WRITE_OFF,
                call,
                (id(write_off.as_uuid()), Json(request)),
            )
            .await
    }

    async fn write_off(&self, call: &Call, write_off: WriteOffId) -> Result<WriteOff> {
        self.0
            .ask(&at::WRITE_OFF, call, id(write_off.as_uuid()))
            .await
    }

    async fn write_offs(&self, call: &Call, query: WriteOffQuery) -> Result<WriteOffList> {
        self.0.ask(&at::WRITE_OFFS, call, Query(query)).await
    }

    async fn post_remittance(
        &self,
        call: &Call,
        request: RemittanceRequest,
    ) -> Result<RemittancePosting> {
        self.0.ask(&at::POST_REMITTANCE, call, Json(request)).await
    }

    async fn retry_remittance(
        &self,
        call: &Call,
        remittance: RemittanceId,
    ) -> Result<RemittancePosting> {
        self.0
            .ask(&at::RETRY_REMITTANCE, call, id(remittance.as_uuid()))
            .await
    }

    async fn dismiss_remittance(
        &self,
        call: &Call,
        remittance: RemittanceId,
        request: ReasonRequest,
    ) -> Result<RemittancePosting> {
        self.0
            .ask(
                &at::DISMISS_REMITTANCE,
                call,
                (id(remittance.as_uuid()), Json(request)),
            )
            .await
    }

    async fn remittance_posting(
        &self,
        call: &Call,
        remittance: RemittanceId,
    ) -> Result<RemittancePosting> {
        self.0
            .ask(&at::REMITTANCE_POSTING, call, id(remittance.as_uuid()))
            .await
    }

    async fn remittance_postings(
        &self,
        call: &Call,
        query: RemittanceQuery,
    ) -> Result<RemittancePostingList> {
        self.0
            .ask(&at::REMITTANCE_POSTINGS, call, Query(query))
            .await
    }

    async fn make_commission_plan(
        &self,
        call: &Call,
        request: CommissionPlanRequest,
    ) -> Result<CommissionPlan> {
        self.0
            .ask(&at::MAKE_COMMISSION_PLAN, call, Json(request))
            .await
    }

    async fn commission_plans(&self, call: &Call, page: PageQuery) -> Result<CommissionPlanList> {
        self.0.ask(&at::COMMISSION_PLANS, call, Query(page)).await
    }

    async fn register_agent(&self, call: &Call, request: AgentRequest) -> Result<Agent> {
        self.0.ask(&at::REGISTER_AGENT, call, Json(request)).await
    }

    async fn agent(&self, call: &Call, agent: AgentId) -> Result<Agent> {
        self.0.ask(&at::AGENT, call, id(agent.as_uuid())).await
    }

    async fn agents(&self, call: &Call, page: PageQuery) -> Result<AgentList> {
        self.0.ask(&at::AGENTS, call, Query(page)).await
    }

    async fn commissions(&self, call: &Call, agent: AgentId) -> Result<Commissions> {
        self.0
            .ask(&at::COMMISSIONS, call, id(agent.as_uuid()))
            .await
    }

    async fn accrue_commission(
        &self,
        call: &Call,
        request: AccrueCommissionRequest,
    ) -> Result<Commissions> {
        self.0
            .ask(&at::ACCRUE_COMMISSION, call, Json(request))
            .await
    }

    async fn settle_commission(
        &self,
        call: &Call,
        request: SettleCommissionRequest,
    ) -> Result<CommissionSettlement> {
        self.0
            .ask(&at::SETTLE_COMMISSION, call, Json(request))
            .await
    }

    async fn journal(&self, call: &Call, page: PageQuery) -> Result<JournalList> {
        self.0.ask(&at::JOURNAL, call, Query(page)).await
    }

    async fn trial_balance(&self, call: &Call) -> Result<TrialBalance> {
        self.0.ask(&at::TRIAL_BALANCE, call, ()).await
    }

    async fn statement(&self, call: &Call, holder: Uuid, page: PageQuery) -> Result<Statement> {
        self.0
            .ask(&at::STATEMENT, call, (id(holder), Query(page)))
            .await
    }

    async fn periods(&self, call: &Call) -> Result<Periods> {
        self.0.ask(&at::PERIODS, call, ()).await
    }

    async fn close_period(&self, call: &Call, request: ClosePeriodRequest) -> Result<Periods> {
        self.0.ask(&at::CLOSE_PERIOD, call, Json(request)).await
    }

    async fn reopen_period(&self, call: &Call, request: ReopenPeriodRequest) -> Result<Periods> {
        self.0.ask(&at::REOPEN_PERIOD, call, Json(request)).await
    }
}
