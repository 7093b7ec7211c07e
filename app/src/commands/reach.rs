//! The services over the data folder, for commands of the operator: in this process, or through the socket of the server that
//! has the folder.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use medcover_contract_auth::{AuthApi, CreatedTenant, NewTenantRequest, TenantList, endpoints};
use medcover_contract_operations::{OperationsApi, OperationsClient};
use medcover_http::{HttpClient, Json, Query, stop};
use medcover_kernel::{Call, Clock, Credential, Limit, RequestId, SystemRng, TenantId};
use tokio::runtime::Runtime;

use super::AtHand;
use crate::data_folder::ServerLock;
use crate::parts::Parts;
use crate::server::operators;
use crate::state::State;

/// A person waits no longer than this.
const PATIENCE: Duration = Duration::from_mins(5);

/// The services, and the call of the person at the terminal.
pub(super) struct Reach {
    pub(super) call: Call,
    pub(super) operations: Arc<dyn OperationsApi>,
    tenants: Tenants,
}

/// The part of the auth service that has to do with tenants.
enum Tenants {
    Here(Arc<dyn AuthApi>),
    There(HttpClient),
}

/// Does `work` with the services, wherever they are.
pub(super) fn with_services<T>(
    at_hand: &AtHand,
    tenant: Option<TenantId>,
    work: impl AsyncFnOnce(&Reach) -> Result<T>,
) -> Result<T> {
    let runtime = Runtime::new().context("cannot start the threads of the services")?;
    runtime.block_on(async {
        let clock: Arc<dyn Clock> = Arc::new(at_hand.clock);
        let mut call = Call::operator(PATIENCE, &*clock, &SystemRng);
        let tenant = tenant.unwrap_or(TenantId::DEFAULT);
        call = call.for_tenant(tenant);
        let data = &at_hand.settings.value.data.dir;
        let lock = match ServerLock::take(data) {
            Ok(lock) => lock,
            Err(held) => {
                let socket = operators::socket(data);
                if !socket.exists() {
                    return Err(held);
                }
                call.credential = Some(Credential::Bearer(tenant.to_string().into()));
                let http = HttpClient::through_socket(socket, clock);
                let reach = Reach {
                    call,
                    operations: Arc::new(OperationsClient::new(http.clone())),
                    tenants: Tenants::There(http),
                };
                return work(&reach).await;
            }
        };
        let done = here(at_hand, clock, call, work).await;
        drop(lock);
        done
    })
}

async fn here<T>(
    at_hand: &AtHand,
    clock: Arc<dyn Clock>,
    call: Call,
    work: impl AsyncFnOnce(&Reach) -> Result<T>,
) -> Result<T> {
    let settings = &at_hand.settings.value;
    let state = State::open(settings, &settings.roles()?, &clock).await?;
    let (_stopper, stop) = stop();
    let parts = Parts::compose(settings, &state, &clock, stop)?;
    let auth = parts.auth.as_ref();
    let auth = auth.context("the operator's commands need the role auth; add it to --roles")?;
    let reach = Reach {
        call,
        operations: parts.operations.api(),
        tenants: Tenants::Here(auth.api()),
    };
    let done = work(&reach).await;
    drop((reach, parts));
    state.close().await;
    done
}

impl Reach {
    /// A page of tenants.
    pub(super) async fn tenants(
        &self,
        after: Option<String>,
    ) -> medcover_kernel::Result<TenantList> {
        match &self.tenants {
            Tenants::Here(auth) => auth.tenants(&self.call, after, Limit::MAX).await,
            Tenants::There(http) => {
                let page = endpoints::PageQuery {
                    after,
                    limit: Some(Limit::MAX),
                };
                http.ask(&endpoints::TENANTS, &self.call, Query(page)).await
            }
        }
    }

    /// Makes a tenant. Each command is an undertaking of its own.
    pub(super) async fn create_tenant(
        &self,
        request: NewTenantRequest,
        clock: &dyn Clock,
    ) -> Result<CreatedTenant> {
        let key = RequestId::new(clock, &SystemRng).to_string().parse()?;
        let call = self.call.clone().with_idempotency(key);
        Ok(match &self.tenants {
            Tenants::Here(auth) => auth.create_tenant(&call, request).await?,
            Tenants::There(http) => {
                http.ask(&endpoints::CREATE_TENANT, &call, Json(request))
                    .await?
            }
        })
    }
}
