//! What steps ask of a line.

use medcover_kernel::Money;

use super::Working;
use crate::plan::{Cover, Limit, NetworkTerms, Terms, Tier};
use crate::{Account, Counter, Fee, Network, Scope};

impl<'a> Working<'a> {
    pub(crate) fn terms(&self) -> &'a Terms {
        self.case.coverage.plan.terms()
    }

    pub(crate) fn network_terms(&self) -> Option<&'a NetworkTerms> {
        self.case.coverage.plan.network(self.line.network)
    }

    pub(crate) fn fee(&self) -> Option<&'a Fee> {
        self.case.fees.fees.get(&self.line.procedure)
    }

    /// The terms of cover; asked for only after the step that found them.
    pub(crate) fn cover(&self) -> &'a Cover {
        self.cover.expect("a line without cover was denied before")
    }

    pub(crate) fn tier(&self) -> &'a Tier {
        self.cover().tier_after(self.counted)
    }

    /// A place in the chosen rule.
    pub(crate) fn place(&self, part: &str) -> String {
        let id = self.rule.map_or("", |rule| rule.id.as_str());
        format!("rules/{id}/{part}")
    }

    pub(crate) fn tier_place(&self, part: &str) -> String {
        self.place(&format!("tiers/{}/{part}", self.tier().from_unit))
    }

    pub(crate) fn network_place(&self, part: &str) -> String {
        let network = match self.line.network {
            Network::In => "in",
            Network::Out => "out",
        };
        format!("networks/{network}/{part}")
    }

    pub(crate) fn year_account(&self, scope: Scope, counter: Counter) -> Account {
        let period = self.case.coverage.benefit_year(self.line.service_date);
        Account {
            scope,
            counter,
            period,
        }
    }

    pub(crate) fn limit_account(&self, limit: &Limit, counter: Counter) -> Account {
        let period = self
            .case
            .coverage
            .period_of(limit.period, self.line.service_date);
        Account {
            scope: limit.scope,
            counter,
            period,
        }
    }

    pub(crate) fn used_amount(&self, account: &Account) -> Money {
        self.used.amount(account, self.case.claim.currency)
    }

    pub(crate) fn used_units(&self) -> i64 {
        self.limit.map_or(0, |limit| {
            self.used
                .units(&self.limit_account(limit, Counter::LimitUnits(limit.id.clone())))
        })
    }
}
