//! Refunds, as addresses.

use medcover_http::{Created, Endpoint, Json, Path, Query, Tagged};

use super::{IdPath, RefundQuery};
use crate::permissions::{ApproveRefunds, ReadBilling, RequestRefunds};
use crate::{ReasonRequest, Refund, RefundList, RefundRequest, ResolveRequest};

const TAG: &str = "Refunds";

/// [`BillingApi::request_refund`](crate::BillingApi::request_refund)
pub static REQUEST_REFUND: Endpoint<Json<RefundRequest>, Created<Refund>> =
    Endpoint::post("request_refund", "/api/v1/refunds")
        .summary("Asks for a refund; its money is held from now on.")
        .tag(TAG)
        .needs::<RequestRefunds>()
        .once();

/// [`BillingApi::approve_refund`](crate::BillingApi::approve_refund)
pub static APPROVE_REFUND: Endpoint<Path<IdPath>, Json<Refund>> =
    Endpoint::post("approve_refund", "/api/v1/refunds/{id}/approve")
        .summary("Approves a refund that somebody else asked for.")
        .tag(TAG)
        .needs::<ApproveRefunds>()
        .once();

/// [`BillingApi::reject_refund`](crate::BillingApi::reject_refund)
pub static REJECT_REFUND: Endpoint<(Path<IdPath>, Json<ReasonRequest>), Json<Refund>> =
    Endpoint::post("reject_refund", "/api/v1/refunds/{id}/reject")
        .summary(
            "Rejects a refund that somebody else asked for, or takes back one that was not sent.",
        )
        .tag(TAG)
        .needs::<ApproveRefunds>()
        .once();

/// [`BillingApi::send_refund`](crate::BillingApi::send_refund)
pub static SEND_REFUND: Endpoint<Path<IdPath>, Json<Refund>> =
    Endpoint::post("send_refund", "/api/v1/refunds/{id}/send")
        .summary("Sends the money of an approved refund the way it came.")
        .tag(TAG)
        .needs::<RequestRefunds>()
        .once();

/// [`BillingApi::resolve_refund`](crate::BillingApi::resolve_refund)
pub static RESOLVE_REFUND: Endpoint<(Path<IdPath>, Json<ResolveRequest>), Json<Refund>> =
    Endpoint::post("resolve_refund", "/api/v1/refunds/{id}/resolve")
        .summary("Finds out what became of a refund that was sent.")
        .tag(TAG)
        .needs::<RequestRefunds>()
        .once();

/// [`BillingApi::refund`](crate::BillingApi::refund)
pub static REFUND: Endpoint<Path<IdPath>, Tagged<Refund>> =
    Endpoint::get("refund", "/api/v1/refunds/{id}")
        .summary("A refund.")
        .tag(TAG)
        .needs::<ReadBilling>();

/// [`BillingApi::refunds`](crate::BillingApi::refunds)
pub static REFUNDS: Endpoint<Query<RefundQuery>, Json<RefundList>> =
    Endpoint::get("refunds", "/api/v1/refunds")
        .summary("Refunds: all, or in one state.")
        .tag(TAG)
        .needs::<ReadBilling>();
