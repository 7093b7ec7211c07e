//! Remittances, as addresses.

use medcover_http::{Created, Endpoint, Json, Path, Query};

use super::{IdPath, RemittanceQuery};
use crate::permissions::{PostRemittances, ReadBilling};
use crate::{ReasonRequest, RemittancePosting, RemittancePostingList, RemittanceRequest};

const TAG: &str = "Remittance postings";

/// [`BillingApi::post_remittance`](crate::BillingApi::post_remittance)
pub static POST_REMITTANCE: Endpoint<Json<RemittanceRequest>, Created<RemittancePosting>> =
    Endpoint::post("post_remittance", "/api/v1/remittance-postings")
        .summary("Posts a remittance, or parks it with the reasons.")
        .tag(TAG)
        .needs::<PostRemittances>()
        .once();

/// [`BillingApi::retry_remittance`](crate::BillingApi::retry_remittance)
pub static RETRY_REMITTANCE: Endpoint<Path<IdPath>, Json<RemittancePosting>> =
    Endpoint::post("retry_remittance", "/api/v1/remittance-postings/{id}/retry")
        .summary("Tries again to post a remittance that is parked.")
        .tag(TAG)
        .needs::<PostRemittances>()
        .once();

/// [`BillingApi::dismiss_remittance`](crate::BillingApi::dismiss_remittance)
pub static DISMISS_REMITTANCE: Endpoint<
    (Path<IdPath>, Json<ReasonRequest>),
    Json<RemittancePosting>,
> = Endpoint::post(
    "dismiss_remittance",
    "/api/v1/remittance-postings/{id}/dismiss",
)
.summary("Dismisses a remittance that is parked; its trace can then come again.")
.tag(TAG)
.needs::<PostRemittances>()
.once();

/// [`BillingApi::remittance_posting`](crate::BillingApi::remittance_posting)
pub static REMITTANCE_POSTING: Endpoint<Path<IdPath>, Json<RemittancePosting>> =
    Endpoint::get("remittance_posting", "/api/v1/remittance-postings/{id}")
        .summary("A remittance, and what became of it.")
        .tag(TAG)
        .needs::<ReadBilling>();

/// [`BillingApi::remittance_postings`](crate::BillingApi::remittance_postings)
pub static REMITTANCE_POSTINGS: Endpoint<Query<RemittanceQuery>, Json<RemittancePostingList>> =
    Endpoint::get("remittance_postings", "/api/v1/remittance-postings")
        .summary("Remittances: all, or in one state, such as those that are parked.")
        .tag(TAG)
        .needs::<ReadBilling>();
