//! Every address of the service.

use std::sync::Arc;

use medcover_contract_billing::endpoints as at;
use medcover_contract_billing::{AgentId, BillingApi as _, RefundId, WriteOffId};
use medcover_http::{Json, Path, Query, Routes};
use medcover_kernel::{Call, EncounterId, InvoiceId, PaymentId, RemittanceId};

use crate::app::BillingService;

type App = Arc<BillingService>;

/// The addresses with what answers them.
pub(crate) fn router(service: App) -> Routes<App> {
    let routes = of_invoices(Routes::new(service));
    let routes = of_write_offs(of_refunds(of_payments(routes)));
    of_ledger(of_commissions(of_remittances(routes)))
}

fn of_invoices(routes: Routes<App>) -> Routes<App> {
    routes
        .answer(
            &at::RECORD_CHARGES,
            async |app: App, call: Call, Json(request)| app.record_charges(&call, request).await,
        )
        .answer(&at::CHARGES, async |app: App, call: Call, Path(path)| {
            app.charges(&call, EncounterId::from_uuid(path.id)).await
        })
        .answer(
            &at::CANCEL_CHARGES,
            async |app: App, call: Call, Path(path)| {
                app.cancel_charges(&call, EncounterId::from_uuid(path.id))
                    .await
            },
        )
        .answer(
            &at::ISSUE_INVOICE,
            async |app: App, call: Call, Json(request)| app.issue_invoice(&call, request).await,
        )
        .answer(
            &at::DRAFT_INVOICE,
            async |app: App, call: Call, Json(request)| app.draft_invoice(&call, request).await,
        )
        .answer(
            &at::ISSUE_DRAFT,
            async |app: App, call: Call, (Path(path), Json(request))| {
                app.issue_draft(&call, InvoiceId::from_uuid(path.id), request)
                    .await
            },
        )
        .answer(
            &at::VOID_INVOICE,
            async |app: App, call: Call, (Path(path), Json(request))| {
                app.void_invoice(&call, InvoiceId::from_uuid(path.id), request)
                    .await
            },
        )
        .answer(
            &at::WITHDRAW_INVOICE,
            async |app: App, call: Call, (Path(path), Json(request))| {
                app.withdraw_invoice(&call, InvoiceId::from_uuid(path.id), request)
                    .await
            },
        )
        .answer(
            &at::CREDIT_INVOICE,
            async |app: App, call: Call, (Path(path), Json(request))| {
                app.credit_invoice(&call, InvoiceId::from_uuid(path.id), request)
                    .await
            },
        )
        .answer(
            &at::APPLY_ADJUDICATION,
            async |app: App, call: Call, (Path(path), Json(request))| {
                app.apply_adjudication(&call, InvoiceId::from_uuid(path.id), request)
                    .await
            },
        )
        .answer(
            &at::WITHDRAW_ADJUDICATION,
            async |app: App, call: Call, (Path(path), Json(request))| {
                app.withdraw_adjudication(&call, InvoiceId::from_uuid(path.id), request)
                    .await
            },
        )
        .answer(
            &at::EARN_PREMIUM,
            async |app: App, call: Call, (Path(path), Json(request))| {
                app.earn_premium(&call, InvoiceId::from_uuid(path.id), request)
                    .await
            },
        )
        .answer(&at::INVOICE, async |app: App, call: Call, Path(path)| {
            app.invoice(&call, InvoiceId::from_uuid(path.id)).await
        })
        .answer(&at::INVOICES, async |app: App, call: Call, Query(query)| {
            app.invoices(&call, query).await
        })
}

fn of_payments(routes: Routes<App>) -> Routes<App> {
    routes
        .answer(
            &at::TAKE_PAYMENT,
            async |app: App, call: Call, Json(request)| app.take_payment(&call, request).await,
        )
        .answer(
            &at::RESOLVE_PAYMENT,
            async |app: App, call: Call, (Path(path), Json(request))| {
                app.resolve_payment(&call, PaymentId::from_uuid(path.id), request)
                    .await
            },
        )
        .answer(
            &at::CHARGE_BACK,
            async |app: App, call: Call, (Path(path), Json(request))| {
                app.charge_back(&call, PaymentId::from_uuid(path.id), request)
                    .await
            },
        )
        .answer(
            &at::ALLOCATE,
            async |app: App, call: Call, (Path(path), Json(request))| {
                app.allocate(&call, PaymentId::from_uuid(path.id), request)
                    .await
            },
        )
        .answer(
            &at::UNALLOCATE,
            async |app: App, call: Call, (Path(path), Json(request))| {
                app.unallocate(&call, PaymentId::from_uuid(path.id), request)
                    .await
            },
        )
        .answer(&at::PAYMENT, async |app: App, call: Call, Path(path)| {
            app.payment(&call, PaymentId::from_uuid(path.id)).await
        })
        .answer(&at::PAYMENTS, async |app: App, call: Call, Query(query)| {
            app.payments(&call, query).await
        })
}

fn of_refunds(routes: Routes<App>) -> Routes<App> {
    routes
        .answer(
            &at::REQUEST_REFUND,
            async |app: App, call: Call, Json(request)| app.request_refund(&call, request).await,
        )
        .answer(
            &at::APPROVE_REFUND,
            async |app: App, call: Call, Path(path)| {
                app.approve_refund(&call, RefundId::from_uuid(path.id))
                    .await
            },
        )
        .answer(
            &at::REJECT_REFUND,
            async |app: App, call: Call, (Path(path), Json(request))| {
                app.reject_refund(&call, RefundId::from_uuid(path.id), request)
                    .await
            },
        )
        .answer(
            &at::SEND_REFUND,
            async |app: App, call: Call, Path(path)| {
                app.send_refund(&call, RefundId::from_uuid(path.id)).await
            },
        )
        .answer(
            &at::RESOLVE_REFUND,
            async |app: App, call: Call, (Path(path), Json(request))| {
                app.resolve_refund(&call, RefundId::from_uuid(path.id), request)
                    .await
            },
        )
        .answer(&at::REFUND, async |app: App, call: Call, Path(path)| {
            app.refund(&call, RefundId::from_uuid(path.id)).await
        })
        .answer(&at::REFUNDS, async |app: App, call: Call, Query(query)| {
            app.refunds(&call, query).await
        })
}

fn of_write_offs(routes: Routes<App>) -> Routes<App> {
    routes
        .answer(
            &at::REQUEST_WRITE_OFF,
            async |app: App, call: Call, Json(request)| app.request_write_off(&call, request).await,
        )
        .answer(
            &at::APPROVE_WRITE_OFF,
            async |app: App, call: Call, Path(path)| {
                app.approve_write_off(&call, WriteOffId::from_uuid(path.id))
                    .await
            },
        )
        .answer(
            &at::REJECT_WRITE_OFF,
            async |app: App, call: Call, (Path(path), Json(request))| {
                app.reject_write_off(&call, WriteOffId::from_uuid(path.id), request)
                    .await
            },
        )
        .answer(&at::WRITE_OFF, async |app: App, call: Call, Path(path)| {
            app.write_off(&call, WriteOffId::from_uuid(path.id)).await
        })
        .answer(
            &at::WRITE_OFFS,
            async |app: App, call: Call, Query(query)| app.write_offs(&call, query).await,
        )
}

fn of_remittances(routes: Routes<App>) -> Routes<App> {
    routes
        .answer(
            &at::POST_REMITTANCE,
            async |app: App, call: Call, Json(request)| app.post_remittance(&call, request).await,
        )
        .answer(
            &at::RETRY_REMITTANCE,
            async |app: App, call: Call, Path(path)| {
                app.retry_remittance(&call, RemittanceId::from_uuid(path.id))
                    .await
            },
        )
        .answer(
            &at::DISMISS_REMITTANCE,
            async |app: App, call: Call, (Path(path), Json(request))| {
                app.dismiss_remittance(&call, RemittanceId::from_uuid(path.id), request)
                    .await
            },
        )
        .answer(
            &at::REMITTANCE_POSTING,
            async |app: App, call: Call, Path(path)| {
                app.remittance_posting(&call, RemittanceId::from_uuid(path.id))
                    .await
            },
        )
        .answer(
            &at::REMITTANCE_POSTINGS,
            async |app: App, call: Call, Query(query)| app.remittance_postings(&call, query).await,
        )
}

fn of_commissions(routes: Routes<App>) -> Routes<App> {
    routes
        .answer(
            &at::MAKE_COMMISSION_PLAN,
            async |app: App, call: Call, Json(request)| {
                app.make_commission_plan(&call, request).await
            },
        )
        .answer(
            &at::COMMISSION_PLANS,
            async |app: App, call: Call, Query(page)| app.commission_plans(&call, page).await,
        )
        .answer(
            &at::REGISTER_AGENT,
            async |app: App, call: Call, Json(request)| app.register_agent(&call, request).await,
        )
        .answer(&at::AGENT, async |app: App, call: Call, Path(path)| {
            app.agent(&call, AgentId::from_uuid(path.id)).await
        })
        .answer(&at::AGENTS, async |app: App, call: Call, Query(page)| {
            app.agents(&call, page).await
        })
        .answer(
            &at::COMMISSIONS,
            async |app: App, call: Call, Path(path)| {
                app.commissions(&call, AgentId::from_uuid(path.id)).await
            },
        )
        .answer(
            &at::ACCRUE_COMMISSION,
            async |app: App, call: Call, Json(request)| app.accrue_commission(&call, request).await,
        )
        .answer(
            &at::SETTLE_COMMISSION,
            async |app: App, call: Call, Json(request)| app.settle_commission(&call, request).await,
        )
}

fn of_ledger(routes: Routes<App>) -> Routes<App> {
    routes
        .answer(&at::JOURNAL, async |app: App, call: Call, Query(page)| {
            app.journal(&call, page).await
        })
        .answer(&at::TRIAL_BALANCE, async |app: App, call: Call, ()| {
            app.trial_balance(&call).await
        })
        .answer(
            &at::STATEMENT,
            async |app: App, call: Call, (Path(path), Query(page))| {
                app.statement(&call, path.id, page).await
            },
        )
        .answer(&at::PERIODS, async |app: App, call: Call, ()| {
            app.periods(&call).await
        })
        .answer(
            &at::CLOSE_PERIOD,
            async |app: App, call: Call, Json(request)| app.close_period(&call, request).await,
        )
        .answer(
            &at::REOPEN_PERIOD,
            async |app: App, call: Call, Json(request)| app.reopen_period(&call, request).await,
        )
}
