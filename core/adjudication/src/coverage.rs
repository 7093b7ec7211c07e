//! Whom the plan covers, and when.

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};

use crate::Plan;
use crate::plan::{BenefitYear, LimitPeriod};

/// The cover of one member as it was when the claim was made. It is part of the snapshot: a later change of plan, policy
/// or member touches no claim that was made before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// The version of the plan.
    pub plan: Plan,
    /// Days of the policy.
    pub policy: Period,
    /// Days on which the policy covers this member. Waiting periods count from the first.
    pub member: Period,
    /// First day on which a premium is outstanding, if one is: claims for care from then on wait for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_grace_from: Option<Date>,
    /// The member's day of birth.
    pub born: Date,
    /// The member's sex, where the release's and the plan's rules can speak of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
}

/// Days from `from` up to, but without, `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// First day.
    pub from: Date,
    /// First day after it, if it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

impl Period {
    /// Whether `day` is one of its days.
    pub fn covers(&self, day: Date) -> bool {
        self.from <= day && !self.is_over(day)
    }

    /// Whether it has ended by `day`.
    pub fn is_over(&self, day: Date) -> bool {
        self.until.is_some_and(|until| until <= day)
    }
}

/// Sex, where a rule can speak of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = MemberSex))]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
}

impl Coverage {
    /// The member's age on `day`, in completed years; 0 before birth.
    pub fn age_on(&self, day: Date) -> u16 {
        let years = day.year() - self.born.year();
        let not_yet = (day.month(), day.day()) < (self.born.month(), self.born.day());
        u16::try_from(years - i16::from(not_yet)).unwrap_or(0)
    }

    /// First day of the benefit year in which `day` lies: it names the year's accumulators.
    pub fn benefit_year(&self, day: Date) -> Date {
        match self.plan.terms().benefit_year {
            BenefitYear::Calendar => date(day.year(), 1, 1),
            BenefitYear::Policy => anniversary(self.policy.from, day),
        }
    }

    /// First day of the period of a limit in which `day` lies.
    pub fn period_of(&self, period: LimitPeriod, day: Date) -> Date {
        match period {
            LimitPeriod::Day => day,
            LimitPeriod::Month => day.first_of_month(),
            LimitPeriod::BenefitYear => self.benefit_year(day),
            LimitPeriod::Lifetime => LIFETIME,
        }
    }
}

/// What names the period of a limit that never begins anew.
const LIFETIME: Date = date(1, 1, 1);

/// The last anniversary of `first` on or before `day`. That of 29 February is 28 February in a year that has none.
fn anniversary(first: Date, day: Date) -> Date {
    let in_year = |years: i16| first.saturating_add(i32::from(years).years());
    let years = day.year() - first.year();
    let this_year = in_year(years);
    if this_year <= day {
        this_year
    } else {
        in_year(years - 1)
    }
}
