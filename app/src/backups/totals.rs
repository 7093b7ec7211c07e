//! Where a state stands: what a back-up is compared by.

use medcover_contract_billing::TrialBalanceLine;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where the state stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Totals {
    /// Of each service that keeps state.
    pub(crate) services: Vec<ServiceTotals>,
    /// The books of each tenant that has any.
    pub(crate) ledgers: Vec<LedgerTotals>,
}

/// Where a service's state stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceTotals {
    /// Its name.
    pub(crate) service: String,
    /// The position of the last event in its log.
    pub(crate) position: u64,
    /// Chains of its audit trail.
    pub(crate) audit_chains: u64,
    /// Records in them.
    pub(crate) audit_records: u64,
    /// SHA-256 over the heads of all chains, each of which follows from all records of its chain.
    pub(crate) audit_heads: String,
}

/// The trial balance of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LedgerTotals {
    /// Whose.
    pub(crate) tenant: Uuid,
    /// Whether debits equal credits.
    pub(crate) balanced: bool,
    /// The sums of all accounts.
    pub(crate) lines: Vec<TrialBalanceLine>,
}

impl Totals {
    /// Whether all that `earlier` counts is here, and possibly more.
    pub(super) fn cover(&self, earlier: &Self) -> bool {
        earlier.services.iter().all(|then| {
            let now = self.services.iter().find(|it| it.service == then.service);
            now.is_some_and(|now| {
                now.position >= then.position && now.audit_records >= then.audit_records
            })
        })
    }

    /// What is not as in `expected`, in words.
    pub(super) fn differences(&self, expected: &Self) -> Vec<String> {
        let mut found = Vec::new();
        for expected in &expected.services {
            let service = &expected.service;
            match self.services.iter().find(|it| it.service == *service) {
                Some(seen) if seen == expected => {}
                Some(seen) => found.push(format!(
                    "{service} stands at {} with {} audit records, and stood at {} with {}",
                    seen.position, seen.audit_records, expected.position, expected.audit_records
                )),
                None => found.push(format!("{service} is not there: has it a role here?")),
            }
        }
        let missing = expected
            .ledgers
            .iter()
            .filter(|it| !self.ledgers.contains(it));
        found.extend(missing.map(|it| format!("the books of tenant {} differ", it.tenant)));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_named() {
        let service = |position| ServiceTotals {
            service: "auth".to_owned(),
            position,
            audit_chains: 1,
            audit_records: position,
            audit_heads: position.to_string(),
        };
        let at = |position| Totals {
            services: vec![service(position)],
            ledgers: Vec::new(),
        };
        assert!(at(3).differences(&at(3)).is_empty());
        assert_eq!(at(2).differences(&at(3)).len(), 1);
        assert_eq!(Totals::default().differences(&at(3)).len(), 1);
        assert!(at(4).cover(&at(3)) && at(3).cover(&at(3)) && !at(2).cover(&at(3)));
    }
}
