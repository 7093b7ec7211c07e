//! The policy file in this process: what holds for services without it, and who may call whom.

mod callers;
mod sending;

use medcover_gateway::{PolicyConfig, PolicyFile};
use medcover_mesh::UpstreamConfig;
use medcover_policy::{Balancing, Policy, ServiceBase};

use crate::exit::Refused;
use crate::roles::{Role, Roles};
pub(crate) use callers::Callers;
pub(crate) use sending::Sending;

/// The policy that `config` names. A server does not start on one with faults.
pub(crate) fn open(config: &PolicyConfig) -> Result<PolicyFile, Refused> {
    PolicyFile::open(config).map_err(|refused| {
        let file = refused.file.display();
        let advice = format!("See what is wrong with it: medcover policy check {file}");
        Refused::new(refused.to_string(), advice)
    })
}

/// What holds for `role` by the settings alone.
pub(crate) fn base_of(role: Role, upstream: &UpstreamConfig) -> ServiceBase {
    let names = |roles: &[Role]| roles.iter().map(|it| it.name().to_owned()).collect();
    let strategy = Balancing::ALL
        .into_iter()
        .find(|it| it.as_str() == upstream.strategy);
    ServiceBase {
        callers: names(callers(role)),
        egress: names(egress(role)),
        strategy: strategy.expect("settings were checked"),
        try_ms: upstream.try_ms,
        retries: upstream.retries,
        retry_percent: upstream.retry_percent,
        retries_saved: upstream.retries_saved,
        hedge_ms: upstream.hedge_ms,
        failure_threshold: upstream.failure_threshold,
        failure_percent: upstream.failure_percent,
        recovery_ms: upstream.recovery_ms,
        eject_ms: upstream.eject_ms,
    }
}

/// The services that ask `role` in their own name: workers and steps of sagas, on nobody's behalf. All others are refused.
const fn callers(role: Role) -> &'static [Role] {
    match role {
        Role::Hospital | Role::Insurance | Role::Billing => &[Role::Journeys],
        _ => &[],
    }
}

/// The services that `role` sends to; nothing leaves for any other. Whoever asks a role may be unknown to it, so that most ask
/// who that is.
const fn egress(role: Role) -> &'static [Role] {
    match role {
        Role::Gateway => &[
            Role::Auth,
            Role::Billing,
            Role::Hospital,
            Role::Insurance,
            Role::Journeys,
            Role::Terminology,
        ],
        Role::Console | Role::Hospital | Role::Insurance => &[Role::Auth, Role::Terminology],
        Role::Billing | Role::Terminology => &[Role::Auth],
        Role::Journeys => &[Role::Auth, Role::Billing, Role::Insurance],
        Role::Auth => &[],
    }
}

/// Whether a process of these roles may send to the service or upstream `target`, as `policy` has it or, where that says
/// nothing of a role, `usual`.
pub(crate) fn may_send(
    policy: &Policy,
    roles: &Roles,
    target: &str,
    usual: impl Fn(Role) -> bool,
) -> bool {
    roles.iter().any(|role| {
        let ruled = policy.may_send(role.name(), target);
        ruled.unwrap_or_else(|| usual(role))
    })
}
