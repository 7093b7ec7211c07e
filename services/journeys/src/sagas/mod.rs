//! The sagas: one a file, each with the order of its steps on top.

mod amounts;
mod cancellation;
mod claim_reversal;
mod collecting;
mod patient_registration;
mod premium;
mod remittance_posting;
mod taking;
mod visit_to_cash;

use std::sync::Arc;
use std::time::Duration;

use medcover_contract_billing::permissions as billing;
use medcover_contract_hospital::permissions as hospital;
use medcover_contract_insurance::permissions as insurance;
use medcover_kernel::{Permission as _, Scopes};
use medcover_workflow::Retry;
use medcover_workflow::saga::{Registry, RegistryError};

pub(crate) use cancellation::appointment_of;
pub(crate) use taking::{Peers, made};
pub(crate) use visit_to_cash::{Unfit, VISIT, fits};

/// Every saga, its steps bound to `peers`.
pub(crate) fn registry(peers: &Arc<Peers>) -> Result<Registry, RegistryError> {
    Registry::new()
        .with(patient_registration::saga(peers)?)?
        .with(visit_to_cash::saga(peers)?)?
        .with(cancellation::saga(peers)?)?
        .with(remittance_posting::saga(peers)?)?
        .with(claim_reversal::saga(peers)?)?
        .with(premium::saga(peers)?)
}

/// What the steps may do at the peers, and nothing more.
pub(crate) fn scopes() -> Scopes {
    Scopes::of([
        hospital::ManagePatients::NAME,
        hospital::ReadAppointments::NAME,
        hospital::BookAppointments::NAME,
        hospital::ReadEncounters::NAME,
        hospital::CodeEncounters::NAME,
        insurance::ReadCoverage::NAME,
        insurance::ManageCoverage::NAME,
        insurance::ReadAuthorisations::NAME,
        insurance::RequestAuthorisations::NAME,
        insurance::ReadClaims::NAME,
        insurance::SubmitClaims::NAME,
        insurance::AdjudicateClaims::NAME,
        insurance::ReadRemittances::NAME,
        billing::ReadBilling::NAME,
        billing::ManageInvoices::NAME,
        billing::TakePayments::NAME,
        billing::RequestRefunds::NAME,
        billing::PostRemittances::NAME,
        billing::ManageCommissions::NAME,
    ])
}

/// After the pivot there is no way back, so a step is tried for some minutes before a person is asked.
const PATIENT: Retry = Retry {
    attempts: 6,
    first: Duration::from_secs(10),
    cap: Duration::from_mins(5),
};
/// How long a step waits that a person holds up, before it looks again.
const A_MINUTE: Duration = Duration::from_mins(1);
/// How long a claim or an authorisation may wait for people.
const A_MONTH: Duration = Duration::from_hours(30 * 24);
