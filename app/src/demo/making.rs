//! What all parts of the making share: the services, the people who ask them, the clock, and chance.

use std::sync::Arc;

use medcover_contract_billing::BillingApi;
use medcover_contract_hospital::HospitalApi;
use medcover_contract_insurance::InsuranceApi;
use medcover_contract_terminology::TerminologyApi;
use medcover_kernel::{Call, Clock, Currency, Money, RequestId, Rng, SeededRng, Timestamp};

use super::clock::Hindsight;
use super::staff::{Job, Staff};

/// What the demo is made with. Ids and choices follow from one seed; only passwords and keys do not.
pub(super) struct Making {
    pub(super) hospital: Arc<dyn HospitalApi>,
    pub(super) insurance: Arc<dyn InsuranceApi>,
    pub(super) billing: Arc<dyn BillingApi>,
    pub(super) terminology: Arc<dyn TerminologyApi>,
    pub(super) staff: Staff,
    pub(super) clock: Arc<Hindsight>,
    pub(super) rng: SeededRng,
    /// The present: nothing of the demo is later.
    pub(super) now: Timestamp,
}

impl Making {
    /// A call of whoever does `job`.
    pub(super) fn call(&self, job: Job) -> Call {
        self.clock.tick();
        self.staff.call(job, &*self.clock, &self.rng)
    }
}

/// `call` under a key of its own.
pub(super) fn keyed(call: Call, clock: &dyn Clock, rng: &dyn Rng) -> Call {
    let key = RequestId::new(clock, rng).to_string();
    call.with_idempotency(key.parse().expect("an id is visible ASCII"))
}

/// An amount in dollars and cents.
pub(super) fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD).expect("prices of a clinic are small")
}
