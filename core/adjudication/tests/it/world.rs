//! Plans and claims in plain numbers: what random cases are made from, and what the second model reads.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use medcover_adjudication::plan::{
    Benefit, BenefitRule, BenefitYear, Ceiling, Cover, Limit, LimitPeriod, NetworkTerms, Selector,
    Tier,
};
use medcover_adjudication::{
    Accumulators, Authorisation, AuthorisationState, AuthorisedItem, Case, Claim, ClaimLine,
    Coverage, Fee, FeeSchedule, Network, PaidByOther, Period, Plan, Prior, Scope, Terms, Unlisted,
    Urgency,
};
use medcover_kernel::macros::Uuid;
use medcover_kernel::{
    AuthorisationId, BasisPoints, ClaimId, Currency, MemberId, Money, PractitionerId, Rounding,
};
use proptest::option;
use proptest::prelude::*;

/// The first day of the policy, and of the benefit year.
pub(crate) const FIRST: Date = date(2026, 1, 1);
const PROCEDURES: [&str; 4] = ["A10", "B20", "C30", "D40"];

/// A case in plain numbers, amounts in minor units. Service `n` has rule `n` and fee `n`; the last one has neither.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) half_up: bool,
    pub(crate) networks: [Bounds; 2],
    pub(crate) limits: [Most; 2],
    pub(crate) rules: [Rule; 3],
    pub(crate) fees: [(i64, Option<i64>); 2],
    /// Of what is billed, for services without a fee.
    pub(crate) unlisted: Option<u32>,
    /// What is left of an authorisation for every service.
    pub(crate) authorised: Option<(Option<u32>, Option<i64>)>,
    pub(crate) lines: Vec<Line>,
}

/// Deductible and out-of-pocket maximum: of the member, and how much more of the family.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) deductible: (Option<i64>, Option<i64>),
    pub(crate) out_of_pocket: (Option<i64>, Option<i64>),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Most {
    pub(crate) family: bool,
    pub(crate) lifetime: bool,
    pub(crate) units: Option<u32>,
    pub(crate) amount: Option<i64>,
}

#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) excluded: bool,
    pub(crate) waiting_days: u32,
    pub(crate) authorisation: bool,
    pub(crate) limit: Option<usize>,
    pub(crate) counts: bool,
    /// How many units (the last tier has no end), copay, deductible, coinsurance.
    pub(crate) tiers: Vec<(u32, i64, bool, u32)>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub(crate) service: usize,
    pub(crate) day: i32,
    pub(crate) units: u32,
    pub(crate) billed: i64,
    pub(crate) out: bool,
    pub(crate) paid_by_other: Option<i64>,
}

pub(crate) fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD).expect("small")
}

pub(crate) fn rate(basis_points: u32) -> BasisPoints {
    BasisPoints::new(basis_points).expect("no more than the whole")
}

/// An id that sorts by `number`.
pub(crate) fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

impl Rule {
    /// Whether its shares count towards the maximum: not under a limit by amount.
    pub(crate) fn counts_in(&self, world: &World) -> bool {
        self.counts
            && self
                .limit
                .is_none_or(|it| world.limits[it].amount.is_none())
    }

    /// Its tiers; without a limit nothing counts units, so there is one.
    pub(crate) fn tiers_in(&self) -> &[(u32, i64, bool, u32)] {
        if self.limit.is_some() {
            &self.tiers
        } else {
            &self.tiers[..1]
        }
    }
}

impl World {
    pub(crate) fn case(&self) -> Case {
        let paid = self.lines.iter().zip(1..).filter_map(|(line, number)| {
            let amount = usd(line.paid_by_other?);
            Some(PaidByOther {
                line: number,
                amount,
            })
        });
        Case {
            claim: self.claim(),
            coverage: coverage(Plan::new(self.terms()).expect("a plan that holds together")),
            fees: self.schedule(),
            accumulators: Accumulators::new(),
            prior: Prior {
                paid_by_others: paid.collect(),
                ..Prior::default()
            },
            authorisations: self.authorised.map(authorisation).into_iter().collect(),
            facts: Vec::new(),
            findings: Vec::new(),
        }
    }

    pub(crate) fn terms(&self) -> Terms {
        let network = |bounds: &Bounds, network| NetworkTerms {
            network,
            deductible: ceiling(bounds.deductible),
            out_of_pocket: ceiling(bounds.out_of_pocket),
        };
        let limits = self.limits.iter().enumerate().map(|(place, most)| Limit {
            id: format!("limit-{place}"),
            scope: if most.family {
                Scope::Family
            } else {
                Scope::Member
            },
            period: if most.lifetime {
                LimitPeriod::Lifetime
            } else {
                LimitPeriod::BenefitYear
            },
            units: most.units,
            amount: most.amount.map(usd),
        });
        let rules = self
            .rules
            .iter()
            .enumerate()
            .map(|(place, rule)| BenefitRule {
                id: format!("rule-{place}"),
                selector: Selector {
                    procedures: vec![PROCEDURES[place].into()],
                    ..Selector::default()
                },
                priority: 0,
                benefit: if rule.excluded {
                    Benefit::Excluded
                } else {
                    Benefit::Covered(self.cover(rule))
                },
            });
        Terms {
            id: "random".into(),
            currency: Currency::USD,
            rounding: if self.half_up {
                Rounding::HalfUp
            } else {
                Rounding::HalfEven
            },
            benefit_year: BenefitYear::Policy,
            timely_filing_days: None,
            networks: vec![
                network(&self.networks[0], Network::In),
                network(&self.networks[1], Network::Out),
            ],
            limits: limits.collect(),
            rules: rules.collect(),
        }
    }

    fn cover(&self, rule: &Rule) -> Cover {
        let mut from = 1;
        let tiers = rule.tiers_in();
        let tiers = tiers.iter().enumerate().map(
            |(place, &(units, copay, deductible_applies, coinsurance))| {
                let last = place + 1 == tiers.len();
                let tier = Tier {
                    from_unit: from,
                    until_unit: (!last).then_some(from + units - 1),
                    copay: usd(copay),
                    deductible_applies,
                    coinsurance: rate(coinsurance),
                };
                from += units;
                tier
            },
        );
        Cover {
            waiting_days: rule.waiting_days,
            authorisation_required: rule.authorisation,
            limit: rule.limit.map(|it| format!("limit-{it}")),
            counts_to_out_of_pocket: rule.counts_in(self),
            tiers: tiers.collect(),
        }
    }

    fn claim(&self) -> Claim {
        let lines = self.lines.iter().zip(1..).map(|(line, number)| ClaimLine {
            line: number,
            service_date: FIRST.saturating_add(line.day.days()),
            procedure: PROCEDURES[line.service].into(),
            units: line.units,
            billed: usd(line.billed),
            diagnoses: vec![0],
            network: if line.out { Network::Out } else { Network::In },
            urgency: Urgency::Routine,
            distinct: true,
        });
        Claim {
            claim: ClaimId::from_uuid(uuid(1)),
            sequence: 1,
            member: MemberId::from_uuid(uuid(2)),
            provider: PractitionerId::from_uuid(uuid(3)),
            currency: Currency::USD,
            received: date(2028, 1, 1),
            diagnoses: vec!["E11.9".into()],
            lines: lines.collect(),
        }
    }

    fn schedule(&self) -> FeeSchedule {
        let fees = self
            .fees
            .iter()
            .zip(PROCEDURES)
            .map(|(&(price, out), code)| {
                let fee = Fee {
                    category: "care".into(),
                    price: usd(price),
                    price_out_of_network: out.map(usd),
                };
                (code.to_owned(), fee)
            });
        FeeSchedule {
            id: "agreed".into(),
            fees: fees.collect::<BTreeMap<_, _>>(),
            unlisted: self
                .unlisted
                .map_or(Unlisted::Denied, |it| Unlisted::ShareOfBilled(rate(it))),
        }
    }
}

/// Cover from the first day on, for ever.
pub(crate) fn coverage(plan: Plan) -> Coverage {
    let always = Period {
        from: FIRST,
        until: None,
    };
    Coverage {
        plan,
        policy: always,
        member: always,
        in_grace_from: None,
        born: date(1980, 6, 15),
        sex: None,
    }
}

fn authorisation((units, amount): (Option<u32>, Option<i64>)) -> Authorisation {
    let item = |(place, procedure): (u32, &str)| AuthorisedItem {
        item: place,
        procedure: procedure.into(),
        units,
        amount: amount.map(usd),
    };
    Authorisation {
        authorisation: AuthorisationId::from_uuid(uuid(4)),
        state: AuthorisationState::Approved,
        period: Period {
            from: FIRST,
            until: None,
        },
        items: (1..).zip(PROCEDURES).map(item).collect(),
    }
}

fn ceiling((member, more): (Option<i64>, Option<i64>)) -> Ceiling {
    Ceiling {
        member: member.map(usd),
        family: more.map(|more| usd(member.unwrap_or(0) + more)),
    }
}

/// Random worlds, small enough that everything that is limited is reached.
pub(crate) fn worlds() -> impl Strategy<Value = World> {
    let pair = |most: i64| (option::of(0..=most), option::of(0..=most));
    let bounds = (pair(300), pair(300));
    let bounds = bounds.prop_map(|(deductible, out_of_pocket)| Bounds {
        deductible,
        out_of_pocket,
    });
    let limit = (
        any::<bool>(),
        any::<bool>(),
        option::of(0..6_u32),
        option::of(0..400_i64),
    );
    let limit = limit.prop_map(|(family, lifetime, units, amount)| Most {
        family,
        lifetime,
        units,
        amount,
    });
    let line = (
        0..4_usize,
        -20..500_i32,
        1..4_u32,
        0..400_i64,
        any::<bool>(),
        option::weighted(0.2, 0..200_i64),
    );
    let line = line.prop_map(|(service, day, units, billed, out, paid_by_other)| Line {
        service,
        day,
        units,
        billed,
        out,
        paid_by_other,
    });
    (
        any::<bool>(),
        prop::array::uniform2(bounds),
        prop::array::uniform2(limit),
        prop::array::uniform3(rules()),
        prop::array::uniform2((0..200_i64, option::of(0..200_i64))),
        option::of(0..=10_000_u32),
        option::of((option::of(0..6_u32), option::of(0..400_i64))),
        prop::collection::vec(line, 1..8),
    )
        .prop_map(
            |(half_up, networks, limits, rules, fees, unlisted, authorised, lines)| World {
                half_up,
                networks,
                limits,
                rules,
                fees,
                unlisted,
                authorised,
                lines,
            },
        )
}

fn rules() -> impl Strategy<Value = Rule> {
    let tier = (1..4_u32, 0..60_i64, any::<bool>(), 0..=10_000_u32);
    (
        prop::bool::weighted(0.1),
        prop_oneof![4 => Just(0), 1 => 0..60_u32],
        prop::bool::weighted(0.2),
        option::weighted(0.7, 0..2_usize),
        prop::bool::weighted(0.7),
        prop::collection::vec(tier, 1..4),
    )
        .prop_map(
            |(excluded, waiting_days, authorisation, limit, counts, tiers)| Rule {
                excluded,
                waiting_days,
                authorisation,
                limit,
                counts,
                tiers,
            },
        )
}
