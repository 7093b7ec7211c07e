//! Every address, as data. Runs are read and steered at those of the operations contract.

use medcover_http::{Accepted, Endpoint, Json, Path};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use uuid::Uuid;

use crate::permissions::{StartPremiums, StartRegistrations, StartSettlements, StartVisits};
use crate::{
    CancellationAndNoShow, ClaimReversal, PatientRegistration, PremiumCollection,
    RemittancePosting, Started, VisitCoded, VisitToCash,
};

const TAG: &str = "Journeys";

/// A run in an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Path)]
pub struct RunPath {
    /// Its id.
    pub saga: Uuid,
}

/// [`JourneysApi::register_patient`](crate::JourneysApi::register_patient)
pub static START_PATIENT_REGISTRATION: Endpoint<Json<PatientRegistration>, Accepted<Started>> =
    Endpoint::post(
        "start_patient_registration",
        "/api/v1/sagas/patient-registration",
    )
    .summary("Registers a patient, enrols them and asks what they are covered for.")
    .tag(TAG)
    .needs::<StartRegistrations>()
    .once();

/// [`JourneysApi::visit_to_cash`](crate::JourneysApi::visit_to_cash)
pub static START_VISIT_TO_CASH: Endpoint<Json<VisitToCash>, Accepted<Started>> =
    Endpoint::post("start_visit_to_cash", "/api/v1/sagas/visit-to-cash")
        .summary("Takes a visit from its slot to its money.")
        .tag(TAG)
        .needs::<StartVisits>()
        .once();

/// [`JourneysApi::visit_coded`](crate::JourneysApi::visit_coded)
pub static VISIT_CODED: Endpoint<(Path<RunPath>, Json<VisitCoded>), Accepted<Started>> =
    Endpoint::post(
        "visit_coded",
        "/api/v1/sagas/visit-to-cash/{saga}/visit-coded",
    )
    .summary("Tells a visit-to-cash that its visit is coded.")
    .tag(TAG)
    .needs::<StartVisits>()
    .once();

/// [`JourneysApi::end_appointment`](crate::JourneysApi::end_appointment)
pub static START_CANCELLATION: Endpoint<Json<CancellationAndNoShow>, Accepted<Started>> =
    Endpoint::post(
        "start_cancellation_and_no_show",
        "/api/v1/sagas/cancellation-and-no-show",
    )
    .summary("Ends an appointment that does not take place, and all that hangs on it.")
    .tag(TAG)
    .needs::<StartVisits>()
    .once();

/// [`JourneysApi::post_remittance`](crate::JourneysApi::post_remittance)
pub static START_REMITTANCE_POSTING: Endpoint<Json<RemittancePosting>, Accepted<Started>> =
    Endpoint::post(
        "start_remittance_posting",
        "/api/v1/sagas/remittance-posting",
    )
    .summary("Posts what a payer has paid to the invoices of its claims, once.")
    .tag(TAG)
    .needs::<StartSettlements>()
    .once();

/// [`JourneysApi::reverse_claim`](crate::JourneysApi::reverse_claim)
pub static START_CLAIM_REVERSAL: Endpoint<Json<ClaimReversal>, Accepted<Started>> =
    Endpoint::post("start_claim_reversal", "/api/v1/sagas/claim-reversal")
        .summary("Takes a decision on a claim back, with all that followed from it.")
        .tag(TAG)
        .needs::<StartSettlements>()
        .once();

/// [`JourneysApi::collect_premium`](crate::JourneysApi::collect_premium)
pub static START_PREMIUM: Endpoint<Json<PremiumCollection>, Accepted<Started>> =
    Endpoint::post("start_premium", "/api/v1/sagas/premium")
        .summary("Invoices and collects a premium, and lets the policy follow.")
        .tag(TAG)
        .needs::<StartPremiums>()
        .once();
