//! The policy file in this process: what holds for services without it, and who may call them in their own name.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use medcover_gateway::{PolicyConfig, PolicyFile};
use medcover_http::{Identify, Identity, Shown};
use medcover_kernel::{Call, Caller, Error, ErrorKind, PermissionInfo, Result};
use medcover_policy::{Policy, ServiceBase};
use tokio::sync::watch;

use crate::exit::Refused;
use crate::roles::{Role, Roles};

/// The policy that `config` names. A server does not start on one with faults.
pub(crate) fn open(config: &PolicyConfig) -> Result<PolicyFile, Refused> {
    PolicyFile::open(config).map_err(|refused| {
        let file = refused.file.display();
        let advice = format!("See what is wrong with it: medcover policy check {file}");
        Refused::new(refused.to_string(), advice)
    })
}

/// What holds for calls of `role` by the settings alone.
pub(crate) fn base_of(role: Role) -> ServiceBase {
    let names = callers(role).iter().map(|it| it.name().to_owned());
    ServiceBase {
        callers: names.collect(),
    }
}

/// The services that ask `role` in their own name: workers and steps of sagas, on nobody's behalf. All others are refused.
pub(crate) const fn callers(role: Role) -> &'static [Role] {
    match role {
        Role::Hospital | Role::Insurance | Role::Billing => &[Role::Journeys],
        _ => &[],
    }
}

/// Knows callers as `inner` does, and refuses services that may not call the roles of this process in their own name.
pub(crate) struct Callers {
    inner: Arc<dyn Identify>,
    roles: Vec<Role>,
    policy: watch::Receiver<Arc<Policy>>,
}

impl Callers {
    pub(crate) fn new(
        inner: Arc<dyn Identify>,
        roles: &Roles,
        policy: watch::Receiver<Arc<Policy>>,
    ) -> Self {
        Self {
            inner,
            roles: roles.iter().collect(),
            policy,
        }
    }

    /// Whether `caller` may call any role of this process: a token is for one service, and says for which.
    fn may_call(&self, caller: &str) -> bool {
        let policy = self.policy.borrow();
        self.roles.iter().any(|role| {
            let usual = || callers(*role).iter().any(|it| it.name() == caller);
            policy.may_call(caller, role.name()).unwrap_or_else(usual)
        })
    }
}

#[async_trait]
impl Identify for Callers {
    async fn identify(&self, shown: Shown<'_>, call: &Call) -> Result<Identity> {
        let identity = self.inner.identify(shown, call).await?;
        if let Caller::Service(name) = &identity.caller
            && !self.may_call(name.as_str())
        {
            tracing::warn!(caller = %identity.caller, "a service that may not call was refused");
            let message =
                format!("The service `{name}` may not call this one: no policy lists it.");
            return Err(Error::new(
                ErrorKind::Forbidden,
                "caller-not-listed",
                message,
            ));
        }
        Ok(identity)
    }

    async fn unshown(&self, call: &Call) -> Result<Identity> {
        self.inner.unshown(call).await
    }

    async fn refused(&self, call: &Call, permission: PermissionInfo) {
        self.inner.refused(call, permission).await;
    }
}

impl fmt::Debug for Callers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callers")
            .field("roles", &self.roles)
            .finish_non_exhaustive()
    }
}
