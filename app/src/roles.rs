//! Which services this process runs.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};

use medcover_kernel::ServiceName;
use serde::{Deserialize, Serialize};

use crate::exit::Refused;
use crate::peers::PeersConfig;

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

    /// The name, as settings and paths of operators have it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Auth => "auth",
            Self::Hospital => "hospital",
            Self::Insurance => "insurance",
            Self::Billing => "billing",
            Self::Journeys => "journeys",
            Self::Terminology => "terminology",
            Self::Console => "console",
        }
    }

    /// Whether a registry lists the processes that run it. A door and its pages are where people go.
    pub(crate) const fn is_registered(self) -> bool {
        !matches!(self, Self::Gateway | Self::Console)
    }

    /// What a registry calls the processes that run it.
    pub(crate) fn instances(self) -> String {
        format!("{}-service", self.name())
    }

    /// The service of that name.
    pub(crate) const fn service(self) -> ServiceName {
        ServiceName::from_static(self.name())
    }

    /// The roles that it needs in the same process.
    const fn beside(self) -> &'static [Self] {
        match self {
            Self::Console => &[Self::Gateway],
            // Runs follow the log of the hospital.
            Self::Journeys => &[Self::Hospital],
            _ => &[],
        }
    }

    /// The roles that it needs in the same process or at an address.
    const fn needs(self) -> &'static [Self] {
        match self {
            Self::Gateway | Self::Console => &[Self::Terminology],
            Self::Hospital | Self::Insurance => &[Self::Auth, Self::Terminology],
            Self::Billing => &[Self::Auth],
            Self::Journeys => &[Self::Auth, Self::Insurance, Self::Billing],
            Self::Auth | Self::Terminology => &[],
        }
    }
}

/// The roles of this process; a combination that works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Roles(BTreeSet<Role>);

impl Roles {
    /// Refuses combinations that cannot work, with advice. What `peers` has an address of may run elsewhere.
    pub(crate) fn of(named: &[Role], peers: &PeersConfig) -> Result<Self, Refused> {
        let roles = Self(named.iter().copied().collect());
        if roles.0.is_empty() {
            let all = names(Role::ALL);
            return Err(Refused::new(
                "no role is named",
                format!("Leave `roles` out to run all of them, or name some: {all}."),
            ));
        }
        for role in roles.iter() {
            roles.check(role, peers)?;
        }
        let elsewhere = |role: Role| !roles.has(role);
        let asks_auth = roles.iter().any(|role| role.needs().contains(&Role::Auth));
        if asks_auth && elsewhere(Role::Auth) && peers.key.is_empty() {
            return Err(Refused::new(
                "the roles of this process ask the role auth elsewhere, and there is no `peers.key`",
                "Make a client with the permission credentials.introspect there, and set MEDCOVER__PEERS__KEY to its key.",
            ));
        }
        let steps_elsewhere = elsewhere(Role::Insurance) || elsewhere(Role::Billing);
        if roles.has(Role::Journeys) && steps_elsewhere && roles.has(Role::Auth) {
            return Err(Refused::new(
                "the role journeys gets the tokens for roles elsewhere from a role auth elsewhere",
                "Run the roles insurance and billing in this process, or the role auth in another.",
            ));
        }
        Ok(roles)
    }

    /// Refuses a process that lacks what `role` needs.
    fn check(&self, role: Role, peers: &PeersConfig) -> Result<(), Refused> {
        let apart = role.beside().iter().find(|it| !self.has(**it));
        let away = |it: &Role| !self.has(*it) && !peers.knows(*it);
        let (missing, place, or) = match (apart, role.needs().iter().copied().find(away)) {
            (Some(missing), _) => (*missing, "in the same process", String::new()),
            (None, Some(missing)) => {
                let name = missing.name();
                let or = format!(", or say where it runs: peers.{name} = \"http://…\"");
                (missing, "here or at an address", or)
            }
            (None, None) => return Ok(()),
        };
        let with = names(
            Role::ALL
                .into_iter()
                .filter(|it| self.has(*it) || *it == missing),
        );
        Err(Refused::new(
            format!(
                "of the roles, {} needs {} {place}",
                role.name(),
                missing.name()
            ),
            format!("Add it: --roles {with}{or}"),
        ))
    }

    /// Its roles.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Role> {
        self.0.iter().copied()
    }

    pub(crate) fn has(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    /// Where such a process listens unless told: each service has a port of its own, and of several roles the first counts.
    pub(crate) fn listen(&self) -> SocketAddr {
        let port = match self.iter().next() {
            Some(Role::Gateway) | None => 3000,
            Some(Role::Auth) => 3001,
            Some(Role::Hospital) => 3002,
            Some(Role::Insurance) => 3003,
            Some(Role::Billing) => 3004,
            Some(Role::Journeys | Role::Terminology | Role::Console) => 3005,
        };
        SocketAddr::from((Ipv4Addr::LOCALHOST, port))
    }
}

fn names(roles: impl IntoIterator<Item = Role>) -> String {
    let names: Vec<_> = roles.into_iter().map(Role::name).collect();
    names.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use medcover_config::Secret;

    fn of(named: &[Role], peers: &PeersConfig) -> Result<Roles, String> {
        Roles::of(named, peers).map_err(|refused| refused.to_string())
    }

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
            let refused = of(named, &PeersConfig::default()).expect_err("it cannot work");
            assert!(refused.contains("roles"), "{refused}");
        }
    }

    #[test]
    fn what_is_missing_here_may_be_at_an_address() {
        let hospital = &[Role::Hospital];
        let mut peers = PeersConfig::default();
        let missing = |peers: &PeersConfig| of(hospital, peers).expect_err("something is missing");
        assert!(
            missing(&peers).contains("--roles auth,hospital, or say where it runs: peers.auth")
        );
        let at = |address: &str| Some(address.parse().expect("an address"));
        peers.auth = at("http://127.0.0.1:3001");
        assert!(missing(&peers).contains("peers.terminology"));
        peers.terminology = at("http://127.0.0.1:3005");
        assert!(missing(&peers).contains("peers.key"));
        peers.key = Secret::new("a key");
        assert!(of(hospital, &peers).is_ok());
        peers.hospital = at("http://127.0.0.1:3002");
        peers.insurance.clone_from(&peers.hospital);
        peers.billing.clone_from(&peers.hospital);
        let log = of(&[Role::Journeys], &peers).expect_err("it follows a log");
        assert!(log.contains("in the same process"), "{log}");
        let sagas = [Role::Hospital, Role::Journeys];
        assert!(of(&sagas, &peers).is_ok());
        let tokens = of(&[Role::Auth, Role::Hospital, Role::Journeys], &peers);
        assert!(tokens.expect_err("no tokens").contains("role auth"));
    }

    #[test]
    fn a_service_alone_has_its_own_port() {
        let port = |named: &[Role]| Roles(named.iter().copied().collect()).listen().port();
        assert_eq!(port(&Role::ALL), 3000);
        assert_eq!(port(&[Role::Auth]), 3001);
        assert_eq!(port(&[Role::Hospital, Role::Insurance]), 3002);
        assert_eq!(port(&[Role::Insurance]), 3003);
        assert_eq!(port(&[Role::Billing]), 3004);
        assert_eq!(port(&[Role::Terminology]), 3005);
    }
}
