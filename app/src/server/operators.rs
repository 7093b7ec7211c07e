//! The operator's socket: what `medcover` asks of a server that has the data folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use medcover_http::{Edge, Identify, Identity, LocalServer, ServerConfig, Shown};
use medcover_kernel::{Call, Caller, Error, Result, Scopes, TenantId, Tier};

/// Commands come one at a time.
const MAX_CONNECTIONS: usize = 16;

/// Where the socket lies in the data folder.
pub(crate) fn socket(data: &Path) -> PathBuf {
    data.join("admin.sock")
}

/// Listens there. Whoever calls this has the folder's lock, so a socket that is left there is nobody's.
pub(super) fn bind(data: &Path, config: &ServerConfig) -> std::io::Result<LocalServer> {
    let config = ServerConfig {
        max_connections: MAX_CONNECTIONS,
        linger_ms: 0,
        ..config.clone()
    };
    LocalServer::bind(&socket(data), &config)
}

/// What stands before the API there.
pub(crate) fn edge(public: &Edge) -> Edge {
    let edge = public.clone().identified_by(Arc::new(Operators));
    edge.for_operators()
}

/// Whoever can open the socket is the operator: they could read the data folder, too. They need show nothing; a token that
/// they do show is the id of the tenant to act for.
#[derive(Clone, Copy, Debug)]
struct Operators;

#[async_trait]
impl Identify for Operators {
    async fn identify(&self, shown: Shown<'_>, _: &Call) -> Result<Identity> {
        let tenant = match shown {
            Shown::Bearer(tenant) => tenant.parse().ok(),
            Shown::ApiKey(_) => None,
        };
        tenant
            .map(of_tenant)
            .ok_or_else(|| Error::unauthenticated("That is not the id of a tenant."))
    }

    async fn unshown(&self, _: &Call) -> Result<Identity> {
        Ok(of_tenant(TenantId::DEFAULT))
    }
}

const fn of_tenant(tenant: TenantId) -> Identity {
    Identity {
        tenant,
        caller: Caller::Operator,
        scopes: Scopes::all(),
        tier: Tier::Enterprise,
        purpose: None,
    }
}
