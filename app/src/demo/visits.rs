//! The visits of the demo: who comes when, how far the visit goes, and what becomes of claim and money.

use medcover_contract_hospital::SlotChoice;
use medcover_kernel::{
    AppointmentId, AuthorisationId, ClaimId, EncounterId, InvoiceId, PatientId, PractitionerId,
    Timestamp,
};

use super::codes::Codes;
use super::course::earlier;
use super::cover::{Cover, Covers};
use super::house::{DAY, House};
use super::making::Making;
use super::people::Person;

/// A service and its price.
#[derive(Debug)]
pub(super) struct Priced {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    /// In cents.
    pub(super) charge: i64,
}

const CONSULTATION: Priced = priced("99213", "Consultation", 12_000);
const LONG_CONSULTATION: Priced = priced("99214", "Consultation, longer", 18_000);
const BLOOD_COUNT: Priced = priced("85025", "Blood count", 2_500);
const EXERCISES: Priced = priced("97110", "Therapeutic exercises", 7_500);
const KNEE_IMAGES: Priced = priced("73721", "Magnetic resonance images of the knee", 65_000);

const fn priced(code: &'static str, name: &'static str, charge: i64) -> Priced {
    Priced { code, name, charge }
}

/// How far a visit goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Goes {
    Cancelled,
    InError,
    Missed,
    Arrived,
    CheckedIn,
    InProgress,
    Finished,
    Coded,
    Billed,
}

/// What becomes of the claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claims {
    /// The patient pays alone.
    None,
    Draft,
    ScrubFailed,
    /// Accepted, and a second claim for the same is rejected.
    Duplicated,
    Voided,
    Accepted,
    Pended,
    Adjudicated,
    Reversed,
    /// Paid by a remittance.
    Finalized,
}

/// What becomes of the patient's share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pays {
    /// The invoice is a draft.
    Draft,
    /// The invoice is void.
    Void,
    Nothing,
    Cash,
    Half,
    Declined,
    NoAnswer,
    Transfer,
    ChargedBack,
    WriteOffRequested,
    WriteOffRejected,
    WrittenOff,
    Refund(Refunded),
}

/// How far a refund of what the patient paid goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refunded {
    Requested,
    Rejected,
    Approved,
    Sent,
    Failed,
    Succeeded,
}

/// Who of the people, how many days ago, for what, how far, and the rest.
type Row = (usize, u32, &'static Priced, Goes, Claims, Pays);

/// The farthest day of [`ROWS`].
const OLDEST_DAYS: u32 = 42;

const ROWS: [Row; 41] = {
    use Claims as C;
    use Goes as G;
    use Pays as P;
    use Refunded as R;
    [
        (0, 42, &CONSULTATION, G::Billed, C::Finalized, P::Cash),
        (
            1,
            41,
            &LONG_CONSULTATION,
            G::Billed,
            C::Finalized,
            P::Refund(R::Succeeded),
        ),
        (
            2,
            40,
            &CONSULTATION,
            G::Billed,
            C::Finalized,
            P::Refund(R::Requested),
        ),
        (
            3,
            39,
            &CONSULTATION,
            G::Billed,
            C::Finalized,
            P::Refund(R::Approved),
        ),
        (
            4,
            38,
            &CONSULTATION,
            G::Billed,
            C::Finalized,
            P::Refund(R::Rejected),
        ),
        (
            5,
            37,
            &LONG_CONSULTATION,
            G::Billed,
            C::Finalized,
            P::Refund(R::Sent),
        ),
        (
            6,
            36,
            &LONG_CONSULTATION,
            G::Billed,
            C::Finalized,
            P::Refund(R::Failed),
        ),
        (
            7,
            35,
            &CONSULTATION,
            G::Billed,
            C::Finalized,
            P::ChargedBack,
        ),
        (8, 34, &CONSULTATION, G::Billed, C::Finalized, P::WrittenOff),
        (
            9,
            33,
            &CONSULTATION,
            G::Billed,
            C::Finalized,
            P::WriteOffRejected,
        ),
        (10, 32, &BLOOD_COUNT, G::Billed, C::Finalized, P::Cash),
        (11, 31, &EXERCISES, G::Billed, C::Finalized, P::Cash),
        (12, 30, &KNEE_IMAGES, G::Billed, C::Finalized, P::Half),
        (0, 29, &CONSULTATION, G::Billed, C::Finalized, P::Declined),
        (1, 28, &CONSULTATION, G::Billed, C::Adjudicated, P::NoAnswer),
        (2, 27, &CONSULTATION, G::Billed, C::Adjudicated, P::Transfer),
        (3, 26, &CONSULTATION, G::Billed, C::Adjudicated, P::Nothing),
        (4, 25, &CONSULTATION, G::Billed, C::Reversed, P::Nothing),
        (5, 24, &CONSULTATION, G::Billed, C::Voided, P::Nothing),
        (6, 23, &CONSULTATION, G::Billed, C::Duplicated, P::Nothing),
        (20, 22, &CONSULTATION, G::Billed, C::None, P::Cash),
        (7, 21, &CONSULTATION, G::Billed, C::ScrubFailed, P::Nothing),
        (21, 20, &LONG_CONSULTATION, G::Billed, C::None, P::Cash),
        (8, 19, &CONSULTATION, G::Billed, C::Pended, P::Nothing),
        (22, 18, &CONSULTATION, G::Billed, C::None, P::Void),
        (9, 17, &CONSULTATION, G::Billed, C::Accepted, P::Nothing),
        (23, 16, &EXERCISES, G::Billed, C::None, P::Half),
        (10, 15, &CONSULTATION, G::Billed, C::Draft, P::Draft),
        (
            24,
            14,
            &CONSULTATION,
            G::Billed,
            C::None,
            P::WriteOffRequested,
        ),
        (11, 13, &CONSULTATION, G::Billed, C::Finalized, P::Cash),
        (12, 12, &EXERCISES, G::Billed, C::Accepted, P::Nothing),
        (13, 11, &CONSULTATION, G::Missed, C::None, P::Nothing),
        (14, 10, &CONSULTATION, G::Cancelled, C::None, P::Nothing),
        (15, 9, &CONSULTATION, G::InError, C::None, P::Nothing),
        (0, 7, &BLOOD_COUNT, G::Coded, C::None, P::Nothing),
        (1, 6, &CONSULTATION, G::Finished, C::None, P::Nothing),
        (16, 5, &CONSULTATION, G::Missed, C::None, P::Nothing),
        (2, 4, &CONSULTATION, G::Billed, C::Accepted, P::Nothing),
        (17, 0, &CONSULTATION, G::Arrived, C::None, P::Nothing),
        (18, 0, &CONSULTATION, G::CheckedIn, C::None, P::Nothing),
        (19, 0, &CONSULTATION, G::InProgress, C::None, P::Nothing),
    ]
};

/// A visit, with the ids of all that it will bring about.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) number: usize,
    pub(super) patient: PatientId,
    pub(super) cover: Option<Cover>,
    pub(super) practitioner: PractitionerId,
    pub(super) slot: SlotChoice,
    pub(super) service: &'static Priced,
    /// Its code; nothing where no release is in force, and nothing is coded.
    pub(super) diagnosis: Option<String>,
    /// What a careless claim says instead.
    pub(super) too_short: String,
    pub(super) goes: Goes,
    pub(super) claims: Claims,
    pub(super) pays: Pays,
    pub(super) appointment: AppointmentId,
    pub(super) encounter: EncounterId,
    pub(super) authorisation: Option<AuthorisationId>,
    pub(super) claim: ClaimId,
    pub(super) invoice: InvoiceId,
}

impl Visit {
    pub(super) const fn start(&self) -> Timestamp {
        self.slot.start.0
    }
}

/// The visits, each with a slot of its own. Where the release is in force for less than the time of the demo, all of them
/// move into that.
pub(super) fn plan(
    making: &Making,
    house: &mut House,
    people: &[Person],
    covers: &Covers,
    codes: Option<&Codes>,
    days_in_force: u32,
) -> Vec<Visit> {
    let within = days_in_force.min(OLDEST_DAYS);
    let mut visits = Vec::with_capacity(ROWS.len());
    for (number, row) in ROWS.iter().enumerate() {
        let (who, days_ago, service, goes, claims, pays) = *row;
        let at = number % house.practitioners.len();
        let practitioner = &mut house.practitioners[at];
        let slot = if days_ago == 0 {
            practitioner.slot_before(earlier(making.now, DAY / 24))
        } else {
            practitioner.slot_from(earlier(making.now, DAY * days_ago * within / OLDEST_DAYS))
        };
        // A clinic that is open every day has a slot on every day.
        let Some(slot) = slot else { continue };
        let (clock, rng) = (&*making.clock, &making.rng);
        visits.push(Visit {
            number,
            patient: people[who].id,
            cover: covers
                .of_people
                .get(who)
                .copied()
                .filter(|_| claims != Claims::None),
            practitioner: practitioner.id,
            slot,
            service,
            diagnosis: codes.map(|codes| codes.of(number).to_owned()),
            too_short: codes.map_or_else(String::new, |codes| codes.too_short().to_owned()),
            goes,
            claims,
            pays,
            appointment: AppointmentId::new(clock, rng),
            encounter: EncounterId::new(clock, rng),
            authorisation: (service.code == KNEE_IMAGES.code)
                .then(|| AuthorisationId::new(clock, rng)),
            claim: ClaimId::new(clock, rng),
            invoice: InvoiceId::new(clock, rng),
        });
    }
    visits
}
