//! The visits of the demo: who comes when and to whom, with the ids of all that follows.

use medcover_contract_hospital::SlotChoice;
use medcover_kernel::{
    AppointmentId, AuthorisationId, ClaimId, EncounterId, InvoiceId, PatientId, PractitionerId,
    Timestamp,
};

use super::codes::Codes;
use super::cover::{Cover, Covers};
use super::days::{DAY, earlier};
use super::house::House;
use super::making::Making;
use super::people::Person;
use super::stories::{Claims, Goes, KNEE_IMAGES, OLDEST_DAYS, Pays, Priced, ROWS};

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
