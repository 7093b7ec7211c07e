//! Who may call the roles of this process in their own name.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use medcover_http::{CALLER_NOT_LISTED, Identify, Identity, Shown};
use medcover_kernel::{Call, Caller, Error, ErrorKind, PermissionInfo, Result};
use medcover_policy::Policy;
use tokio::sync::watch;

use crate::roles::{Role, Roles};

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
            let usual = || super::callers(*role).iter().any(|it| it.name() == caller);
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
            tracing::warn!(caller = %identity.caller, reason = CALLER_NOT_LISTED, "a service that may not call was refused");
            let message =
                format!("The service `{name}` may not call this one: no policy lists it.");
            return Err(Error::new(ErrorKind::Forbidden, CALLER_NOT_LISTED, message));
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
