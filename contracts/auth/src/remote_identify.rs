//! Who callers are, in a process that does not run the auth service.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use medcover_cache::{
    Cache, CacheKey, CacheValue, CodecError, Dependencies, InProcess, Json, KeyText, Loaded,
    Policy, Space, Tag,
};
use medcover_http::{Identify, Identity, Shown};
use medcover_identity::SecretHash;
use medcover_kernel::{
    Call, Caller, Clock, Credential, Error, ErrorKind, PermissionInfo, Result, ServiceName,
    SystemRng,
};

use crate::{AuthApi, CredentialKind, IntrospectRequest, Introspection};

/// How long an answer is good: for so long what is revoked is still taken here, where the auth service has no cache in common with
/// this process to say so in.
pub const IDENTITY_KEPT: Duration = Duration::from_secs(3);

/// Room for what is kept where no cache is given, in bytes.
const ROOM: u64 = 8 << 20;

/// Asks the auth service what is shown here, and keeps its answers for [`IDENTITY_KEPT`].
///
/// Of many who show one key at once, one asks. A service token is good once, so its answer is neither kept nor shared; and
/// since only the auth service can tell which tokens those are, nobody waits for what another token's bearer asks. While
/// the auth service cannot be asked, what is not kept is refused as `Unavailable`. Whoever lacks a permission is told of in
/// the log of this process; the trail has only what the auth service itself refuses.
pub struct RemoteIdentify {
    auth: Arc<dyn AuthApi>,
    own: Credential,
    services: Vec<String>,
    known: Space<Name>,
}

/// What was shown, by what it hides.
struct Name(CredentialKind, SecretHash);

impl CacheKey for Name {
    type Value = Known;
    const SPACE: &'static str = "identities";
    const POLICY: Policy = Policy::of(IDENTITY_KEPT);

    fn write(&self, to: &mut KeyText<'_>) {
        let kind = match self.0 {
            CredentialKind::Bearer => "bearer:",
            CredentialKind::ApiKey => "api_key:",
        };
        to.text(kind).text(&self.1.to_hex());
    }
}

/// Who was known to show it.
struct Known(Identity);

impl CacheValue for Known {
    const BYTES_A_BYTE: usize = 3;

    fn encode(&self) -> Result<Bytes, CodecError> {
        Json(Introspection::of(&self.0)).encode()
    }

    fn decode(bytes: &Bytes) -> Result<Self, CodecError> {
        let Json(introspection) = Json::<Introspection>::decode(bytes)?;
        let holder = introspection
            .holder
            .ok_or_else(|| CodecError::of("there is no holder"))?;
        Identity::try_from(holder).map(Self).map_err(CodecError::of)
    }
}

/// The tag on which what is kept of `caller` depends, `user:<id>` or `client:<id>`; none of who has no id.
pub fn identity_tag(caller: &Caller) -> Option<Tag> {
    match caller {
        Caller::User(id) => Some(Tag::new("user", id)),
        Caller::Client(id) => Some(Tag::new("client", id)),
        Caller::Anonymous | Caller::Operator | Caller::Service(_) => None,
    }
}

impl RemoteIdentify {
    /// Asks `auth` by showing `own`, which may introspect, for the process that runs `services`. What it is told is kept in
    /// a cache of its own.
    pub fn new(
        auth: Arc<dyn AuthApi>,
        own: Credential,
        services: &[ServiceName],
        clock: Arc<dyn Clock>,
    ) -> Self {
        let engine = Arc::new(InProcess::new(ROOM, Arc::clone(&clock)));
        let cache = Cache::new(engine, clock, Arc::new(SystemRng));
        Self {
            auth,
            own,
            services: services.iter().map(ToString::to_string).collect(),
            known: cache.space(),
        }
    }

    /// The same with what it is told in `cache`, where it is counted.
    #[must_use]
    pub fn kept_in(mut self, cache: &Cache) -> Self {
        self.known = cache.space();
        self
    }

    /// Who shows a key, which anybody may show again.
    async fn of_key(
        &self,
        name: &Name,
        request: IntrospectRequest,
        call: &Call,
    ) -> Result<Identity> {
        let load = || async {
            let identity = self.asked(request, call).await?;
            let tag = identity_tag(&identity.caller);
            let loaded = Loaded::value(Known(identity));
            Ok(tag.iter().fold(loaded, Loaded::tag))
        };
        let known = self.known.get_or_load(name, load).await?;
        let known = known.map(|known| known.0.clone());
        known.ok_or_else(|| Error::internal("who is known is somebody"))
    }

    /// Who shows a token, which may be good only once.
    async fn of_token(
        &self,
        name: &Name,
        request: IntrospectRequest,
        call: &Call,
    ) -> Result<Identity> {
        if let Some(known) = self.known.get(name).await.value() {
            return Ok(known.0.clone());
        }
        let identity = self.asked(request, call).await?;
        if matches!(identity.caller, Caller::Service(_)) {
            return Ok(identity);
        }
        let tag = identity_tag(&identity.caller);
        let depends = tag.iter().fold(Dependencies::none(), Dependencies::tag);
        let known = Known(identity.clone());
        let kept = self.known.set_with_invalidation(name, known, depends);
        if let Err(error) = kept.await {
            tracing::debug!(cause = %error, "who shows a token is not kept");
        }
        Ok(identity)
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
        let name = Name(request.kind, SecretHash::of(request.credential.reveal()));
        match request.kind {
            CredentialKind::ApiKey => self.of_key(&name, request, call).await,
            CredentialKind::Bearer => self.of_token(&name, request, call).await,
        }
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
