//! What a process shows for itself where it works on its own: in the steps of a saga, in a worker.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use medcover_http::Credentials;
use medcover_kernel::{Call, Credential, Result, ServiceName, TenantId};

use crate::{AuthApi, ServiceTokenRequest};

/// Gets a service token for each call: it is for the tenant of the call and for the service that is called, and good once.
pub struct ServiceTokens {
    auth: Arc<dyn AuthApi>,
    own: Credential,
    audience: ServiceName,
}

impl ServiceTokens {
    /// Tokens for calls of `audience`, had from `auth` by showing `own`, the key of a client that is a service.
    pub fn new(auth: Arc<dyn AuthApi>, own: Credential, audience: ServiceName) -> Self {
        Self {
            auth,
            own,
            audience,
        }
    }
}

#[async_trait]
impl Credentials for ServiceTokens {
    async fn of(&self, call: &Call) -> Result<Credential> {
        let mut own = call.clone();
        own.credential = Some(self.own.clone());
        own.idempotency = None;
        let request = ServiceTokenRequest {
            audience: self.audience.to_string(),
            tenant: (call.tenant != TenantId::DEFAULT).then(|| call.tenant.as_uuid()),
        };
        let issued = self.auth.issue_service_token(&own, request).await?;
        Ok(Credential::Bearer(issued.token.reveal().into()))
    }
}

impl fmt::Debug for ServiceTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServiceTokens(for {})", self.audience)
    }
}
