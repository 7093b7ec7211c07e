//! Charges and invoices, as addresses.

use medcover_http::{Created, Endpoint, Json, NoContent, Path, Query, Tagged};

use super::{IdPath, InvoiceQuery};
use crate::permissions::{ManageInvoices, ReadBilling};
use crate::{
    AdjudicationRequest, Charges, CreditRequest, EarnPremiumRequest, Invoice, InvoiceList,
    InvoiceRequest, IssueDraftRequest, ReasonRequest, RecordChargesRequest,
    WithdrawAdjudicationRequest,
};

const TAG: &str = "Invoices";

/// [`BillingApi::record_charges`](crate::BillingApi::record_charges)
pub static RECORD_CHARGES: Endpoint<Json<RecordChargesRequest>, Json<Charges>> =
    Endpoint::post("record_charges", "/api/v1/invoices/charges")
        .summary("Records charges of a visit.")
        .tag(TAG)
        .needs::<ManageInvoices>()
        .once();

/// [`BillingApi::charges`](crate::BillingApi::charges)
pub static CHARGES: Endpoint<Path<IdPath>, Json<Charges>> =
    Endpoint::get("charges", "/api/v1/invoices/charges/{id}")
        .summary("The charges of a visit.")
        .tag(TAG)
        .needs::<ReadBilling>();

/// [`BillingApi::cancel_charges`](crate::BillingApi::cancel_charges)
pub static CANCEL_CHARGES: Endpoint<Path<IdPath>, Json<Charges>> =
    Endpoint::post("cancel_charges", "/api/v1/invoices/charges/{id}/cancel")
        .summary(
            "Cancels the charges of a visit that are on no invoice. None can be recorded any more.",
        )
        .tag(TAG)
        .needs::<ManageInvoices>()
        .once();

/// [`BillingApi::issue_invoice`](crate::BillingApi::issue_invoice)
pub static ISSUE_INVOICE: Endpoint<Json<InvoiceRequest>, Created<Invoice>> =
    Endpoint::post("issue_invoice", "/api/v1/invoices")
        .summary("Issues an invoice under the next number of its series.")
        .tag(TAG)
        .needs::<ManageInvoices>()
        .once();

/// [`BillingApi::draft_invoice`](crate::BillingApi::draft_invoice)
pub static DRAFT_INVOICE: Endpoint<Json<InvoiceRequest>, Created<Invoice>> =
    Endpoint::post("draft_invoice", "/api/v1/invoices/drafts")
        .summary("Drafts an invoice.")
        .tag(TAG)
        .needs::<ManageInvoices>()
        .once();

/// [`BillingApi::issue_draft`](crate::BillingApi::issue_draft)
pub static ISSUE_DRAFT: Endpoint<(Path<IdPath>, Json<IssueDraftRequest>), Json<Invoice>> =
    Endpoint::post("issue_draft", "/api/v1/invoices/{id}/issue")
        .summary("Issues a draft under the next number of its series.")
        .tag(TAG)
        .needs::<ManageInvoices>()
        .once();

/// [`BillingApi::void_invoice`](crate::BillingApi::void_invoice)
pub static VOID_INVOICE: Endpoint<(Path<IdPath>, Json<ReasonRequest>), Json<Invoice>> =
    Endpoint::post("void_invoice", "/api/v1/invoices/{id}/void")
        .summary("Voids an invoice against which nothing stands.")
        .tag(TAG)
        .needs::<ManageInvoices>()
        .once();

/// [`BillingApi::withdraw_invoice`](crate::BillingApi::withdraw_invoice)
pub static WITHDRAW_INVOICE: Endpoint<(Path<IdPath>, Json<ReasonRequest>), NoContent> =
    Endpoint::post("withdraw_invoice", "/api/v1/invoices/{id}/withdraw")
        .summary("Takes an invoice back, whatever its state: by voiding it, or by crediting all of it. One that never was is closed.")
        .tag(TAG)
        .needs::<ManageInvoices>()
        .once();

/// [`BillingApi::credit_invoice`](crate::BillingApi::credit_invoice)
pub static CREDIT_INVOICE: Endpoint<(Path<IdPath>, Json<CreditRequest>), Json<Invoice>> =
    Endpoint::post("credit_invoice", "/api/v1/invoices/{id}/credit-notes")
        .summary("Gives part of an invoice up.")
        .tag(TAG)
        .needs::<ManageInvoices>()
        .once();

/// [`BillingApi::apply_adjudication`](crate::BillingApi::apply_adjudication)
pub static APPLY_ADJUDICATION: Endpoint<(Path<IdPath>, Json<AdjudicationRequest>), Json<Invoice>> =
    Endpoint::post("apply_adjudication", "/api/v1/invoices/{id}/adjudications")
        .summary("Gives the sides of an invoice the shares that the insurer decided on.")
        .tag(TAG)
        .needs::<ManageInvoices>()
        .once();

/// [`BillingApi::withdraw_adjudication`](crate::BillingApi::withdraw_adjudication)
pub static WITHDRAW_ADJUDICATION: Endpoint<
    (Path<IdPath>, Json<WithdrawAdjudicationRequest>),
    Json<Invoice>,
> = Endpoint::post(
    "withdraw_adjudication",
    "/api/v1/invoices/{id}/adjudications/withdraw",
)
.summary("Takes an adjudication back: the payer owes everything again.")
.tag(TAG)
.needs::<ManageInvoices>()
.once();

/// [`BillingApi::earn_premium`](crate::BillingApi::earn_premium)
pub static EARN_PREMIUM: Endpoint<(Path<IdPath>, Json<EarnPremiumRequest>), Json<Invoice>> =
    Endpoint::post("earn_premium", "/api/v1/invoices/{id}/earn")
        .summary("Earns the premium of the days that have passed.")
        .tag(TAG)
        .needs::<ManageInvoices>()
        .once();

/// [`BillingApi::invoice`](crate::BillingApi::invoice)
pub static INVOICE: Endpoint<Path<IdPath>, Tagged<Invoice>> =
    Endpoint::get("invoice", "/api/v1/invoices/{id}")
        .summary("An invoice.")
        .tag(TAG)
        .needs::<ReadBilling>();

/// [`BillingApi::invoices`](crate::BillingApi::invoices)
pub static INVOICES: Endpoint<Query<InvoiceQuery>, Json<InvoiceList>> =
    Endpoint::get("invoices", "/api/v1/invoices")
        .summary("Invoices: all, of one patient, or in one state.")
        .tag(TAG)
        .needs::<ReadBilling>();
