//! A plan and its versions. A version never changes; a plan only gets further ones.

use jiff::civil::Date;
use medcover_adjudication::plan::Plan as Benefits;
use medcover_contract_insurance::events::{PlanCreated, PlanVersionAdded, PlanVersionPublished};
use medcover_contract_insurance::{MAX_FEES, MAX_VERSIONS, PublishVersionRequest, VersionRange};
use medcover_kernel::{Error, Result, Timestamp};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

use super::{check, refusal};

events! {
    /// What can happen to a plan.
    pub(crate) PlanEvent { Created(PlanCreated), VersionAdded(PlanVersionAdded), }
}

/// A plan as its events leave it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) created: Option<PlanCreated>,
    /// The first days of its versions, the first version first.
    versions: Vec<Date>,
}

impl Plan {
    /// The number of the version that policies beginning on `day` are made with.
    pub(crate) fn version_on(&self, day: Date) -> Option<u32> {
        let begun = self.versions.iter().take_while(|from| **from <= day);
        let number = u32::try_from(begun.count()).ok()?;
        (number > 0).then_some(number)
    }

    /// The number of its last version, 0 where it has none.
    pub(crate) fn latest(&self) -> u32 {
        u32::try_from(self.versions.len()).expect("versions are bounded")
    }

    /// When each version is the one that policies are made with.
    pub(crate) fn ranges(&self) -> Vec<VersionRange> {
        let ends = self
            .versions
            .iter()
            .skip(1)
            .map(|from| from.yesterday().ok());
        let ends = ends.chain([None]);
        let versions = self.versions.iter().zip(ends).zip(1_u32..);
        let ranges = versions.map(|((&effective_from, effective_to), number)| VersionRange {
            number,
            effective_from,
            effective_to,
        });
        ranges.collect()
    }

    /// Adds a version after the last. Its terms are checked by [`check_terms`].
    pub(crate) fn publish(&self, request: &PublishVersionRequest) -> Result<PlanVersionAdded> {
        let next = self.latest() + 1;
        if request.number != next {
            return Err(Error::invalid("/number", format!("must be {next}")));
        }
        if self.versions.len() >= MAX_VERSIONS {
            let message = format!("A plan has at most {MAX_VERSIONS} versions; make a new plan.");
            return Err(refusal::refused("too-many", message));
        }
        let from = request.effective_from;
        if let Some(last) = self.versions.last().filter(|last| from <= **last) {
            let rule = format!("must be after {last}, when the version before begins");
            return Err(Error::invalid("/effective_from", rule));
        }
        Ok(PlanVersionAdded {
            number: next,
            effective_from: from,
        })
    }
}

/// The terms of a version, if they hold together and are in the currency of `plan`.
pub(crate) fn check_terms(plan: &PlanCreated, request: &PublishVersionRequest) -> Result<()> {
    let terms = &request.terms;
    if terms.benefits.currency != plan.currency {
        let rule = format!("must be {}, the currency of the plan", plan.currency);
        return Err(Error::invalid("/terms/benefits/currency", rule));
    }
    if let Err(wrong) = Benefits::new(terms.benefits.clone()) {
        return Err(invalid_terms(wrong.faults));
    }
    check::count(terms.fees.len(), 0, MAX_FEES, "/terms/fees")?;
    for (code, fee) in &terms.fees {
        check::code(code, format!("/terms/fees/{code}"))?;
        let prices = [Some(fee.price), fee.price_out_of_network];
        let ours = |price: &medcover_kernel::Money| {
            price.currency() == plan.currency && !price.is_negative()
        };
        if !prices.iter().flatten().all(ours) {
            let rule = "must be no less than nothing, in the currency of the plan";
            return Err(Error::invalid(format!("/terms/fees/{code}/price"), rule));
        }
    }
    let known = |id: &String| terms.benefits.rules.iter().any(|rule| rule.id == *id);
    if !terms.reviewed.iter().all(known) {
        return Err(Error::invalid("/terms/reviewed", "must be ids of rules"));
    }
    Ok(())
}

fn invalid_terms(faults: Vec<medcover_kernel::FieldFault>) -> Error {
    let mut faults = faults.into_iter();
    let at = |pointer: &str| format!("/terms/benefits{pointer}");
    let first = faults.next().expect("terms are refused for a reason");
    let error = Error::invalid(at(&first.pointer), first.detail);
    faults.fold(error, |error, fault| {
        error.with_fault(at(&fault.pointer), fault.detail)
    })
}

impl Aggregate for Plan {
    const KIND: &'static str = "plan";
    type Event = PlanEvent;
    fn evolve(&mut self, event: &PlanEvent, _: Timestamp) {
        match event {
            PlanEvent::Created(created) => self.created = Some(created.clone()),
            PlanEvent::VersionAdded(added) => self.versions.push(added.effective_from),
        }
    }
}

events! {
    /// What can happen to a version of a plan: nothing but to be published.
    pub(crate) PlanVersionEvent { Published(PlanVersionPublished), }
}

/// A version of a plan. Its stream is that of plan and number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlanVersion(pub(crate) Option<PlanVersionPublished>);

impl Aggregate for PlanVersion {
    const KIND: &'static str = "plan-version";
    type Event = PlanVersionEvent;
    fn evolve(&mut self, event: &PlanVersionEvent, _: Timestamp) {
        let PlanVersionEvent::Published(published) = event;
        self.0 = Some(published.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_day_has_the_version_that_began_last() {
        let mut plan = Plan::default();
        assert_eq!(plan.version_on(date(2026, 1, 1)), None);
        for (number, from) in [(1, date(2026, 1, 1)), (2, date(2027, 1, 1))] {
            let added = PlanVersionAdded {
                number,
                effective_from: from,
            };
            plan.evolve(&added.into(), Timestamp::from_micros(0));
        }
        assert_eq!(plan.version_on(date(2025, 12, 31)), None);
        assert_eq!(plan.version_on(date(2026, 12, 31)), Some(1));
        assert_eq!(plan.version_on(date(2027, 1, 1)), Some(2));
        let ranges = plan.ranges();
        assert_eq!(ranges[0].effective_to, Some(date(2026, 12, 31)));
        assert_eq!(ranges[1].effective_to, None);
    }
}
