//! Which services this process runs.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::exit::Refused;

/// A service that a process may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// The one public door: the API, its description and the console on one address.
    Gateway,
    /// Tenants, users, roles, keys, sign-in, tokens.
    Auth,
    /// Patients, schedules, appointments, encounters.
    Hospital,
    /// Plans, policies, claims, remittances.
    Insurance,
    /// Invoices, payments, commissions, the ledger.
    Billing,
    /// The sagas across hospital, insurance and billing.
    Journeys,
    /// Search, codes, analysis and statistics.
    Terminology,
    /// The pages for people. They stand behind the gateway.
    Console,
}

impl Role {
    pub(crate) const ALL: [Self; 8] = [
        Self::Gateway,
        Self::Auth,
        Self::Hospital,
        Self::Insurance,
        Self::Billing,
        Self::Journeys,
        Self::Terminology,
        Self::Console,
    ];

    /// The roles that keep what must not be lost about people and money.
    const OF_RECORD: [Self; 4] = [
        Self::Hospital,
        Self::Insurance,
        Self::Billing,
        Self::Journeys,
    ];
}

/// The roles of this process; a combination that works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Roles(BTreeSet<Role>);

impl Roles {
    /// Refuses combinations that cannot work, with advice.
    pub(crate) fn of(named: &[Role]) -> Result<Self, Refused> {
        let roles = Self(named.iter().copied().collect());
        let refuse = |what, advice| Err(Refused::new(what, advice));
        if roles.0.is_empty() {
            return refuse(
                "no role is named",
                "Leave `roles` out to run all of them, or name some: gateway, auth, hospital, insurance, billing, journeys, terminology, console.",
            );
        }
        if roles.has(Role::Console) && !roles.has(Role::Gateway) {
            return refuse(
                "the console stands behind the gateway",
                "Add the role gateway, or leave the console out: --roles terminology",
            );
        }
        if roles.has(Role::Gateway) && !roles.has(Role::Terminology) {
            return refuse(
                "the roles gateway and console need the role terminology in the same process",
                "Add it: --roles gateway,auth,terminology,console",
            );
        }
        let of_record = Self::of_record_in(&roles);
        let needed = [Role::Auth, Role::Terminology];
        if of_record && !needed.iter().all(|&role| roles.has(role)) {
            return refuse(
                "the roles that keep records need the roles auth and terminology in the same process",
                "Add them: --roles auth,hospital,terminology",
            );
        }
        let across = [Role::Hospital, Role::Insurance, Role::Billing];
        if roles.has(Role::Journeys) && !across.iter().all(|&role| roles.has(role)) {
            return refuse(
                "the role journeys needs the roles hospital, insurance and billing in the same process",
                "Add them: --roles auth,hospital,insurance,billing,journeys,terminology",
            );
        }
        Ok(roles)
    }

    fn of_record_in(roles: &Self) -> bool {
        Role::OF_RECORD.iter().any(|&role| roles.has(role))
    }

    pub(crate) fn has(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    /// Where such a process listens unless told: the gateway on 3000, the auth service without it on 3001, the terminology
    /// service alone on 3005.
    pub(crate) fn listen(&self) -> SocketAddr {
        let port = if self.has(Role::Gateway) {
            3000
        } else if self.has(Role::Auth) {
            3001
        } else {
            3005
        };
        SocketAddr::from((Ipv4Addr::LOCALHOST, port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_cannot_work_with_advice() {
        for named in [
            &[][..],
            &[Role::Gateway],
            &[Role::Console],
            &[Role::Gateway, Role::Auth, Role::Console],
            &[Role::Terminology, Role::Console],
            &[Role::Hospital, Role::Terminology],
            &[
                Role::Auth,
                Role::Terminology,
                Role::Hospital,
                Role::Journeys,
            ],
        ] {
            let refused = Roles::of(named).expect_err("it cannot work");
            assert!(refused.to_string().contains("roles"), "{refused}");
        }
    }

    #[test]
    fn a_service_alone_has_its_own_port() {
        let port = |named: &[Role]| Roles::of(named).expect("it works").listen().port();
        assert_eq!(port(&Role::ALL), 3000);
        assert_eq!(port(&[Role::Auth]), 3001);
        assert_eq!(port(&[Role::Terminology]), 3005);
    }
}
