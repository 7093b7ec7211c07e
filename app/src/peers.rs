//! Roles that other processes run: where they are, and what this process shows to them.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use medcover_cache::Cache;
use medcover_config::{Check, Secret, Section};
use medcover_contract_auth::{AuthApi, AuthClient, RemoteIdentify, ServiceTokens};
use medcover_contract_billing::{BillingApi, BillingClient};
use medcover_contract_insurance::{InsuranceApi, InsuranceClient};
use medcover_contract_terminology::{TerminologyApi, TerminologyClient};
use medcover_gateway::{Gateway, RemoteRole};
use medcover_http::{Edge, HttpClient, Identify, Method, Spec};
use medcover_kernel::{Clock, Credential, Rng, ServiceName};
use medcover_mesh::{Addresses, Deps, RedisRegistry, Registry, Upstream, UpstreamConfig};
use medcover_policy::{CacheKeys, CacheRules, Policy};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::policies::Sending;
use crate::roles::{Role, Roles};

/// The section `peers`: the addresses of roles that run elsewhere, of one process or of several. Those of a role which runs
/// here are not used, so that all processes may share one file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PeersConfig {
    /// Where roles without an address are looked up, and where this process says which it runs.
    pub(crate) registry: PeerRegistry,
    /// Where others reach this process, as it says in the registry; empty: where it listens.
    pub(crate) advertise: String,
    /// The API key by which this process asks the auth service elsewhere.
    pub(crate) key: Secret,
    pub(crate) auth: Option<Addresses>,
    pub(crate) hospital: Option<Addresses>,
    pub(crate) insurance: Option<Addresses>,
    pub(crate) billing: Option<Addresses>,
    pub(crate) journeys: Option<Addresses>,
    pub(crate) terminology: Option<Addresses>,
}

/// Who knows which process runs what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PeerRegistry {
    /// The addresses in the settings alone.
    #[default]
    None,
    /// Redis, for roles without an address.
    Redis,
}

impl PeersConfig {
    /// Whether `role` may run elsewhere.
    pub(crate) fn knows(&self, role: Role) -> bool {
        self.at(role).is_some() || self.looks_up(role)
    }

    /// Whether the registry says where `role` is.
    fn looks_up(&self, role: Role) -> bool {
        self.registry == PeerRegistry::Redis && role.is_registered()
    }

    /// Where `role` is, if it runs elsewhere.
    pub(crate) fn at(&self, role: Role) -> Option<&Addresses> {
        let addresses = match role {
            Role::Auth => &self.auth,
            Role::Hospital => &self.hospital,
            Role::Insurance => &self.insurance,
            Role::Billing => &self.billing,
            Role::Journeys => &self.journeys,
            Role::Terminology => &self.terminology,
            Role::Gateway | Role::Console => return None,
        };
        addresses.as_ref()
    }
}

impl Section for PeersConfig {
    /// Addresses are checked as they are read.
    fn validate(&self, check: &mut Check<'_>) {
        let base = self.advertise.is_empty()
            || self.advertise.starts_with("http://")
            || self.advertise.starts_with("https://");
        check.that("advertise", base, "must begin with http:// or https://");
    }
}

/// The beginnings of the paths of each role, which a gateway passes on; those for operators name the role's store.
const PREFIXES: [(Role, &[&str]); 6] = [
    (
        Role::Auth,
        &[
            "/.well-known/openid-configuration",
            "/api/v1/audit/auth",
            "/api/v1/auth",
            "/api/v1/queues/auth",
        ],
    ),
    (
        Role::Hospital,
        &[
            "/api/v1/appointments",
            "/api/v1/audit/hospital",
            "/api/v1/encounters",
            "/api/v1/locations",
            "/api/v1/patients",
            "/api/v1/practitioners",
            "/api/v1/queues/hospital",
            "/api/v1/schedules",
            "/api/v1/services",
            "/api/v1/slots",
        ],
    ),
    (
        Role::Insurance,
        &[
            "/api/v1/audit/insurance",
            "/api/v1/authorisations",
            "/api/v1/claims",
            "/api/v1/eligibility",
            "/api/v1/payers",
            "/api/v1/plans",
            "/api/v1/policies",
            "/api/v1/products",
            "/api/v1/queues/insurance",
            "/api/v1/remittances",
        ],
    ),
    (
        Role::Billing,
        &[
            "/api/v1/agents",
            "/api/v1/audit/billing",
            "/api/v1/commissions",
            "/api/v1/invoices",
            "/api/v1/ledger",
            "/api/v1/payments",
            "/api/v1/periods",
            "/api/v1/queues/billing",
            "/api/v1/refunds",
            "/api/v1/remittance-postings",
            "/api/v1/statements",
            "/api/v1/write-offs",
        ],
    ),
    (
        Role::Journeys,
        &[
            "/api/v1/audit/journeys",
            "/api/v1/queues/journeys",
            "/api/v1/sagas",
        ],
    ),
    (
        Role::Terminology,
        &[
            "/api/v1/audit/terminology",
            "/api/v1/codes",
            "/api/v1/enterprise",
            "/api/v1/queues/terminology",
            "/api/v1/releases",
            "/api/v1/search",
            "/api/v1/stats",
        ],
    ),
];

/// The beginnings of paths whose answers are public, the same for everybody, and change with the release only.
const SAME_FOR_ALL: &[&str] = &[
    "/api/v1/codes/",
    "/api/v1/releases",
    "/api/v1/stats/chapters",
];

/// Whether the gateway of a process of these roles keeps answers of `endpoint` without a policy.
pub(crate) fn kept_of(endpoint: &Spec, roles: &Roles) -> Option<CacheRules> {
    let elsewhere = PREFIXES.iter().any(|(role, prefixes)| {
        let below = prefixes.iter().any(|it| endpoint.path.starts_with(it));
        below && !roles.has(*role)
    });
    let same = SAME_FOR_ALL.iter().any(|it| endpoint.path.starts_with(it));
    let kept = roles.has(Role::Gateway) && elsewhere && same && endpoint.method == Method::Get;
    kept.then(|| CacheRules {
        keys: CacheKeys::Public,
        ttl_ms: millis(Gateway::KEPT_FOR),
        stale_if_error_ms: millis(Gateway::KEPT_FOR_TROUBLE),
        vary: Vec::new(),
    })
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Clients of the roles that run elsewhere.
#[derive(Clone)]
pub(crate) struct Peers {
    key: Secret,
    roles: Roles,
    clock: Arc<dyn Clock>,
    /// One for each role elsewhere, whoever asks it.
    upstreams: Vec<(Role, Upstream)>,
}

impl Peers {
    /// Those that `peers` has addresses of, or that `registry` knows, asked as `upstream` says.
    pub(crate) fn new(
        peers: &PeersConfig,
        registry: Option<&Arc<RedisRegistry>>,
        upstream: &UpstreamConfig,
        roles: &Roles,
        clock: &Arc<dyn Clock>,
        rng: &Arc<dyn Rng>,
    ) -> Result<Self> {
        let elsewhere = Role::ALL.into_iter().filter(|role| !roles.has(*role));
        let known = elsewhere.filter_map(|role| {
            let fixed = peers.at(role).map(Addresses::registry);
            let looked_up = registry.filter(|_| peers.looks_up(role));
            let registry = fixed.or_else(|| Some(Arc::clone(looked_up?) as Arc<dyn Registry>))?;
            Some((role, registry))
        });
        let upstreams = known.map(|(role, registry)| {
            let deps = Deps {
                registry,
                config: upstream.clone(),
                clock: Arc::clone(clock),
                rng: Arc::clone(rng),
            };
            let service = role.instances();
            Ok((role, Upstream::new(service, deps)?))
        });
        Ok(Self {
            key: peers.key.clone(),
            roles: roles.clone(),
            clock: Arc::clone(clock),
            upstreams: upstreams.collect::<Result<_>>()?,
        })
    }

    /// The upstreams under `policy`.
    pub(crate) fn sending(
        &self,
        config: &UpstreamConfig,
        policy: watch::Receiver<Arc<Policy>>,
    ) -> Sending {
        Sending::new(&self.roles, config, self.upstreams.clone(), policy)
    }

    /// What runs beside the requests for each, and shows how it does.
    pub(crate) fn upstreams(&self) -> Vec<Upstream> {
        let upstreams = self.upstreams.iter();
        upstreams.map(|(_, upstream)| upstream.clone()).collect()
    }

    /// `role`, if not here.
    fn elsewhere(&self, role: Role) -> Option<&Upstream> {
        let (_, upstream) = self.upstreams.iter().find(|(of, _)| *of == role)?;
        Some(upstream)
    }

    fn client(&self, role: Role) -> Option<HttpClient> {
        let upstream = Arc::new(self.elsewhere(role)?.clone());
        Some(HttpClient::over(upstream, Arc::clone(&self.clock)))
    }

    /// A client of `role` which shows service tokens where nobody has shown anything: in the steps of a saga.
    fn service(&self, role: Role) -> Option<HttpClient> {
        let client = self.client(role)?;
        let Some((auth, own)) = self.auth().zip(self.own()) else {
            return Some(client);
        };
        let tokens = ServiceTokens::new(auth, own, role.service());
        Some(client.with_credentials(Arc::new(tokens)))
    }

    fn own(&self) -> Option<Credential> {
        let key = self.key.reveal();
        (!key.is_empty()).then(|| Credential::ApiKey(key.into()))
    }

    fn auth(&self) -> Option<Arc<dyn AuthApi>> {
        let client = self.client(Role::Auth)?;
        Some(Arc::new(AuthClient::new(client)))
    }

    /// The terminology service elsewhere.
    pub(crate) fn terminology(&self) -> Option<Arc<dyn TerminologyApi>> {
        let client = self.client(Role::Terminology)?;
        Some(Arc::new(TerminologyClient::new(client)))
    }

    /// The insurance service elsewhere.
    pub(crate) fn insurance(&self) -> Option<Arc<dyn InsuranceApi>> {
        let client = self.service(Role::Insurance)?;
        Some(Arc::new(InsuranceClient::new(client)))
    }

    /// The billing service elsewhere.
    pub(crate) fn billing(&self) -> Option<Arc<dyn BillingApi>> {
        let client = self.service(Role::Billing)?;
        Some(Arc::new(BillingClient::new(client)))
    }

    /// Who callers are, as the auth service elsewhere knows them.
    pub(crate) fn identify(&self, cache: &Cache) -> Option<Arc<dyn Identify>> {
        let (auth, own) = self.auth().zip(self.own())?;
        let services: Vec<ServiceName> = self.roles.iter().map(Role::service).collect();
        let identify = RemoteIdentify::new(auth, own, &services, Arc::clone(&self.clock));
        Some(Arc::new(identify.kept_in(cache)))
    }

    /// The ways to the roles elsewhere, where this process is the gateway, which keeps answers in the `cache`, if there is one.
    pub(crate) fn gateway(&self, edge: &Edge, cache: Option<&Cache>) -> Option<Gateway> {
        if !self.roles.has(Role::Gateway) || self.upstreams.is_empty() {
            return None;
        }
        let roles = PREFIXES.iter().filter_map(|(role, prefixes)| {
            Some(RemoteRole {
                name: role.name(),
                prefixes,
                transport: Arc::new(self.elsewhere(*role)?.clone()),
            })
        });
        let kept = cache.map(|cache| (cache, SAME_FOR_ALL));
        Some(Gateway::new(edge, &self.clock, roles, kept))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::Parts;
    use crate::settings::Settings;
    use crate::state::State;
    use medcover_http::stop;
    use medcover_kernel::SystemClock;

    /// The roles to which a gateway would pass requests for `path`.
    fn roles_of(path: &str) -> Vec<Role> {
        let fits = |prefix: &&str| {
            let rest = path.strip_prefix(*prefix);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let found = PREFIXES.iter().filter(|(_, all)| all.iter().any(fits));
        found.map(|(role, _)| *role).collect()
    }

    #[test]
    fn every_address_of_a_role_is_passed_on_to_that_role() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut settings = Settings::default();
        settings.data.dir = folder.path().to_owned();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let state = State::in_memory(&settings.roles().expect("they work"), &clock);
        let (_stopper, stop) = stop();
        let parts = Parts::compose(&settings, &state, &clock, stop).expect("it can be composed");
        let coverage = &parts.coverage;
        let here = "it has a role";
        let of_roles: [(Role, Vec<&Spec>); 6] = [
            (
                Role::Auth,
                parts.auth.as_ref().expect(here).router().endpoints(),
            ),
            (
                Role::Hospital,
                coverage.hospital.as_ref().expect(here).router().endpoints(),
            ),
            (
                Role::Insurance,
                coverage
                    .insurance
                    .as_ref()
                    .expect(here)
                    .router()
                    .endpoints(),
            ),
            (
                Role::Billing,
                coverage.billing.as_ref().expect(here).router().endpoints(),
            ),
            (
                Role::Journeys,
                coverage.journeys.as_ref().expect(here).router().endpoints(),
            ),
            (
                Role::Terminology,
                parts.terminology.as_ref().expect(here).router().endpoints(),
            ),
        ];
        for (role, endpoints) in of_roles {
            assert!(!endpoints.is_empty());
            for spec in endpoints {
                assert_eq!(roles_of(spec.path), [role], "{}", spec.path);
            }
            for kind in ["queues", "audit", "sagas"] {
                let path = format!("/api/v1/{kind}/{}/x", role.name());
                let at = if kind == "sagas" {
                    Role::Journeys
                } else {
                    role
                };
                assert_eq!(roles_of(&path), [at], "{path}");
            }
        }
        for here in [
            "/",
            "/api/v1/health",
            "/api/v1/queues",
            "/openapi.json",
            "/problems/x",
        ] {
            assert_eq!(roles_of(here), [], "{here}");
        }
    }
}
