//! Remittances.

use medcover_http::{Created, Endpoint, Json, Path, Query};

use super::{IdPath, RemittancesQuery, TAG};
use crate::permissions::{IssueRemittances, ReadRemittances};
use crate::{IssueRemittanceRequest, Remittance, RemittanceList};

/// [`InsuranceApi::issue_remittance`](crate::InsuranceApi::issue_remittance)
pub static ISSUE_REMITTANCE: Endpoint<Json<IssueRemittanceRequest>, Created<Remittance>> =
    Endpoint::post("issue_remittance", "/api/v1/remittances")
        .summary("Pays adjudicated claims.")
        .tag(TAG)
        .needs::<IssueRemittances>()
        .once();

/// [`InsuranceApi::remittances`](crate::InsuranceApi::remittances)
pub static REMITTANCES: Endpoint<Query<RemittancesQuery>, Json<RemittanceList>> =
    Endpoint::get("remittances", "/api/v1/remittances")
        .summary("The remittances, the last made first.")
        .tag(TAG)
        .needs::<ReadRemittances>();

/// [`InsuranceApi::remittance`](crate::InsuranceApi::remittance)
pub static REMITTANCE: Endpoint<Path<IdPath>, Json<Remittance>> =
    Endpoint::get("remittance", "/api/v1/remittances/{id}")
        .summary("One remittance.")
        .tag(TAG)
        .needs::<ReadRemittances>();
