//! A new client with its key.

use std::time::Duration;

use medcover_contract_auth::events::ClientCreated;
use medcover_contract_auth::permissions::{ManageClients, OwnAccount};
use medcover_contract_auth::{ClientKey, NewClientRequest, endpoints};
use medcover_identity::ApiKey;
use medcover_kernel::{
    Allowed, Call, ClientId, Error, Permission as _, Result, ServiceName, TenantId, Tier,
};
use medcover_store::{Aggregate as _, Append, Context, Loaded, StreamId, Version};

use super::clients::view;
use super::service::{AuthService, done};
use crate::domain::client::Client;
use crate::domain::{names, rights};

/// The longest that a key may be good which expires at all.
const MAX_DAYS: u32 = 3_660;

/// Makes a client and its key. An answer that is repeated comes without the key, of which nothing but a hash is kept.
pub(super) async fn create_client(
    service: &AuthService,
    allowed: Allowed<'_, ManageClients>,
    request: NewClientRequest,
) -> Result<ClientKey> {
    let call = allowed.call();
    let mut shown = None;
    let operation = endpoints::CREATE_CLIENT.operation;
    let client = service.once.run(call, operation, &request, async |keep| {
        check(service, call, &request)?;
        let id = ClientId::new(&*service.clock, &*service.rng);
        let key = ApiKey::generate(call.tenant, id, &*service.entropy);
        let mut client = Loaded {
            stream: StreamId::new(Client::KIND, id.as_uuid()),
            version: Version::NONE,
            state: Client::default(),
        };
        let event = created(service, &request, &key)?;
        let append = Append::new(Context::of(call));
        let append = service.write(append, &mut client, [event.into()])?;
        let append = append.audit(done("client.created", &client.stream)?);
        let client = view(id, &client.state);
        let append = keep.answer(append, 201, &client)?;
        service.commit(append).await?;
        shown = Some(key.to_text());
        Ok(client)
    });
    let client = client.await?;
    Ok(ClientKey { client, key: shown })
}

fn created(
    service: &AuthService,
    request: &NewClientRequest,
    key: &ApiKey,
) -> Result<ClientCreated> {
    let days = |days| Duration::from_hours(24 * u64::from(days));
    let now = service.clock.now();
    Ok(ClientCreated {
        name: names::title(&request.name).map_err(|rule| Error::invalid("/name", rule))?,
        tier: request.tier,
        permissions: request.permissions.clone(),
        service: request.service.clone(),
        key: key.hash(),
        expires_at: request.expires_in_days.map(|count| now.plus(days(count))),
    })
}

fn check(service: &AuthService, call: &Call, request: &NewClientRequest) -> Result<()> {
    if request.tier == Tier::Anonymous {
        return Err(Error::invalid(
            "/tier",
            "must not be anonymous: a client is known",
        ));
    }
    if request
        .expires_in_days
        .is_some_and(|days| !(1..=MAX_DAYS).contains(&days))
    {
        let detail = format!("must be between 1 and {MAX_DAYS}");
        return Err(Error::invalid("/expires_in_days", detail));
    }
    if request.permissions.contains(OwnAccount::NAME) {
        return Err(Error::invalid("/permissions", "only a user has an account"));
    }
    if let Some(name) = &request.service {
        if call.tenant != TenantId::DEFAULT {
            return Err(Error::invalid(
                "/service",
                "services belong to the default tenant",
            ));
        }
        let name: Result<ServiceName, _> = name.parse();
        name.map_err(|_| Error::invalid("/service", "must be 1 to 32 of a-z, 0-9 and `-`"))?;
    }
    rights::check_known(&request.permissions, call.tenant, &service.catalogue)?;
    rights::check_gift(&call.scopes, request.permissions.iter().map(String::as_str))
}
