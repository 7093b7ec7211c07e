//! Who callers are, in a process that does not run the auth service.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use medcover_http::{Identify, Identity, Shown};
use medcover_identity::SecretHash;
use medcover_kernel::{
    Call, Caller, Clock, Credential, Error, ErrorKind, PermissionInfo, Result, ServiceName,
};

use crate::{AuthApi, CredentialKind, IntrospectRequest};

/// How long an answer is good: for so long what is revoked is still taken here.
pub const IDENTITY_KEPT: Duration = Duration::from_secs(3);
/// How many answers are kept. Beyond that, all are asked for anew.
const CAPACITY: usize = 8_192;

/// Asks the auth service what is shown here, and keeps its answers for [`IDENTITY_KEPT`].
///
/// A service token is good once, so its answer is never kept. While the auth service cannot be asked, what is not kept is
/// refused as `Unavailable`. Whoever lacks a permission is told of in the log of this process; the trail has only what the
/// auth service itself refuses.
pub struct RemoteIdentify {
    auth: Arc<dyn AuthApi>,
    own: Credential,
    services: Vec<String>,
    clock: Arc<dyn Clock>,
    known: Mutex<HashMap<Name, Known>>,
}

/// What was shown, by what it hides.
type Name = (CredentialKind, SecretHash);

struct Known {
    identity: Identity,
    /// Until when, on the monotonic clock.
    until: Duration,
}

impl RemoteIdentify {
    /// Asks `auth` by showing `own`, which may introspect, for the process that runs `services`.
    pub fn new(
        auth: Arc<dyn AuthApi>,
        own: Credential,
        services: &[ServiceName],
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            auth,
            own,
            services: services.iter().map(ToString::to_string).collect(),
            clock,
            known: Mutex::default(),
        }
    }

    fn kept(&self, name: &Name) -> Option<Identity> {
        let known = self.known();
        let known = known.get(name)?;
        (self.clock.elapsed() < known.until).then(|| known.identity.clone())
    }

    fn keep(&self, name: Name, identity: Identity) {
        let now = self.clock.elapsed();
        let mut known = self.known();
        if known.len() >= CAPACITY {
            known.retain(|_, known| now < known.until);
        }
        if known.len() >= CAPACITY {
            known.clear();
        }
        let until = now.saturating_add(IDENTITY_KEPT);
        known.insert(name, Known { identity, until });
    }

    /// No code runs under the lock that could leave it half changed.
    fn known(&self) -> MutexGuard<'_, HashMap<Name, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn asked(&self, request: IntrospectRequest, call: &Call) -> Result<Identity> {
        let mut own = call.clone();
        own.credential = Some(self.own.clone());
        let answer = self.auth.introspect(&own, request).await;
        let answer = answer.map_err(refused_ourselves)?;
        match answer.holder.filter(|_| answer.active) {
            Some(holder) => holder.try_into(),
            None => Err(Error::unauthenticated(
                "The credentials are not valid here.",
            )),
        }
    }
}

/// That our own key does not hold is nothing the caller can mend, and must not look as if theirs did not.
fn refused_ourselves(error: Error) -> Error {
    match error.kind() {
        ErrorKind::Unauthenticated | ErrorKind::Forbidden | ErrorKind::Invalid => {
            let cause = format!("the auth service refuses this process: {error}");
            Error::unavailable("Credentials cannot be checked here now.").with_source(cause)
        }
        _ => error,
    }
}

#[async_trait]
impl Identify for RemoteIdentify {
    async fn identify(&self, shown: Shown<'_>, call: &Call) -> Result<Identity> {
        let request = IntrospectRequest::of(shown, self.services.clone());
        let name = (request.kind, SecretHash::of(request.credential.reveal()));
        if let Some(identity) = self.kept(&name) {
            return Ok(identity);
        }
        let identity = self.asked(request, call).await?;
        if !matches!(identity.caller, Caller::Service(_)) {
            self.keep(name, identity.clone());
        }
        Ok(identity)
    }

    async fn refused(&self, call: &Call, permission: PermissionInfo) {
        tracing::warn!(caller = %call.caller, permission = permission.name, "a permission is missing");
    }
}

impl fmt::Debug for RemoteIdentify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteIdentify")
            .field("services", &self.services)
            .finish_non_exhaustive()
    }
}
