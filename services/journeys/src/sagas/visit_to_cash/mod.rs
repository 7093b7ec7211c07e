//! `visit-to-cash`: from a slot to the money for what was done in it.

mod booking;
mod claiming;
mod invoicing;
mod paying;

use std::sync::Arc;
use std::time::Duration;

use medcover_contract_journeys::{Saga as Name, VisitCoded};
use medcover_kernel::{AppointmentId, AuthorisationId, ClaimId, EncounterId, InvoiceId, SagaId};
use medcover_workflow::saga::{RegistryError, Saga, StepCall};
use medcover_workflow::{Definition, Step as Of};

use super::taking::{Bound, Peers, Taken, given, made};
use super::{A_MONTH, PATIENT};
pub(crate) use invoicing::{Unfit, fits};

/// The signal that the visit is coded.
pub(crate) const VISIT: &str = "visit";

const CALLED_OFF: &str = "The undertaking was called off.";
/// An authorisation that a person decides on must be there while the slot is held, and holds last a day at most.
const A_DAY: Duration = Duration::from_hours(24);
/// Who books more than a year ahead books again.
const A_YEAR: Duration = Duration::from_hours(400 * 24);

pub(super) fn saga(peers: &Arc<Peers>) -> Result<Saga, RegistryError> {
    let definition = Definition::named(Name::VisitToCash.name(), 1)
        .step(Of::compensated("hold"))
        .step(Of::without_undo("eligibility", "it only asks"))
        .step(Of::compensated("reserve").within(A_DAY))
        .step(Of::compensated("book"))
        .step(Of::signal(VISIT).within(A_YEAR))
        .step(Of::compensated("invoice"))
        .step(Of::compensated("claim").within(A_MONTH))
        .step(Of::compensated("adjudicate").within(A_MONTH))
        .step(Of::compensated("apply"))
        .step(Of::pivot("collect").retry(PATIENT))
        .step(Of::forward("allocate").retry(PATIENT))
        .step(Of::forward("commission").retry(PATIENT))
        .step(Of::forward("bill").retry(PATIENT))
        .build()
        .expect("the definition is sound");
    Saga::of(definition)
        .action("hold", Bound::to(peers, booking::Hold))
        .action("eligibility", Bound::to(peers, booking::AskCover))
        .action("reserve", Bound::to(peers, booking::Reserve))
        .action("book", Bound::to(peers, booking::Book))
        .action("invoice", Bound::to(peers, invoicing::Invoice))
        .action("claim", Bound::to(peers, claiming::Claim))
        .action("adjudicate", Bound::to(peers, claiming::Adjudicate))
        .action("apply", Bound::to(peers, claiming::Apply))
        .action("collect", Bound::to(peers, paying::Collect))
        .action("allocate", Bound::to(peers, paying::Allocate))
        .action("commission", Bound::to(peers, paying::Commission))
        .action("bill", Bound::to(peers, paying::Bill))
        .build()
}

/// The appointment that a run books.
pub(crate) fn appointment(saga: SagaId) -> AppointmentId {
    AppointmentId::from_uuid(made(saga, "book"))
}

/// The authorisation that a run asks for.
pub(super) fn authorisation(saga: SagaId) -> AuthorisationId {
    AuthorisationId::from_uuid(made(saga, "reserve"))
}

fn invoice(step: &StepCall<'_>) -> InvoiceId {
    InvoiceId::from_uuid(made(step.saga, "invoice"))
}

fn claim(step: &StepCall<'_>) -> ClaimId {
    ClaimId::from_uuid(made(step.saga, "claim"))
}

/// The visit that the signal named.
fn visit(step: &StepCall<'_>) -> Taken<EncounterId> {
    let signal: VisitCoded = given(step, VISIT)?;
    Ok(signal.encounter)
}
