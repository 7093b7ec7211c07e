//! Clients: listed, given another key, revoked.

use medcover_contract_auth::events::ClientKeyReplaced;
use medcover_contract_auth::permissions::ManageClients;
use medcover_contract_auth::{Client, ClientKey, ClientList};
use medcover_identity::ApiKey;
use medcover_kernel::{Allowed, ClientId, Error, Limit, Result, Tier};
use medcover_store::{Append, Context, Row, Tries};

use super::service::{AuthService, conflict, done};
use super::users::{id_of, names_of, text_of};
use crate::domain::{client, rights};
use crate::store::CLIENTS_BY_NAME;

/// A page of clients, by name.
pub(super) async fn clients(
    service: &AuthService,
    allowed: Allowed<'_, ManageClients>,
    after: Option<String>,
    limit: Limit,
) -> Result<ClientList> {
    let page = service
        .page(&CLIENTS_BY_NAME, allowed.tenant, after, limit)
        .await?;
    Ok(ClientList {
        clients: page.rows.iter().map(of_row).collect::<Result<_>>()?,
        next: page.next(),
    })
}

/// Gives a client, which may do no more than the caller, another key. One that was revoked gets none.
pub(super) async fn replace_client_key(
    service: &AuthService,
    allowed: Allowed<'_, ManageClients>,
    id: ClientId,
) -> Result<ClientKey> {
    let call = allowed.call();
    let key = ApiKey::generate(call.tenant, id, &*service.entropy);
    let mut tries = Tries::default();
    loop {
        let mut client = service.client(call.tenant, id).await?;
        rights::check_gift(
            &call.scopes,
            client.state.permissions.iter().map(String::as_str),
        )?;
        if client.state.is_revoked() {
            return Err(conflict("The client was revoked; make a new one."));
        }
        let append = Append::new(Context::of(call));
        let replaced = ClientKeyReplaced { key: key.hash() };
        let append = service.write(append, &mut client, [replaced.into()])?;
        let append = append.audit(done("client.key-replaced", &client.stream)?);
        match service.commit(append).await {
            Ok(_) => {
                return Ok(ClientKey {
                    client: view(id, &client.state),
                    key: Some(key.to_text()),
                });
            }
            Err(error) => tries.again(error)?,
        }
    }
}

/// Ends a client's key. Anybody who looks after clients may: it takes and gives nothing.
pub(super) async fn revoke_client(
    service: &AuthService,
    allowed: Allowed<'_, ManageClients>,
    id: ClientId,
) -> Result<Client> {
    let call = allowed.call();
    let mut tries = Tries::default();
    loop {
        let mut client = service.client(call.tenant, id).await?;
        let Some(event) = client.state.revoke() else {
            return Ok(view(id, &client.state));
        };
        let append = Append::new(Context::of(call));
        let append = service.write(append, &mut client, [event])?;
        let append = append.audit(done("client.revoked", &client.stream)?);
        match service.commit(append).await {
            Ok(_) => return Ok(view(id, &client.state)),
            Err(error) => tries.again(error)?,
        }
    }
}

/// `client` as others see it.
pub(super) fn view(id: ClientId, client: &client::Client) -> Client {
    Client {
        id: id.as_uuid(),
        name: client.name.clone(),
        tier: client.tier,
        permissions: client.permissions.clone(),
        service: client.service.clone(),
        revoked: client.is_revoked(),
        expires_at: client.expires_at.map(|at| at.to_string()),
    }
}

fn of_row(row: &Row) -> Result<Client> {
    let tier = text_of(row, "tier");
    let tiers = [
        Tier::Anonymous,
        Tier::Authenticated,
        Tier::Premium,
        Tier::Enterprise,
    ];
    let tier = tiers.into_iter().find(|known| known.as_str() == tier);
    Ok(Client {
        id: id_of(row)?,
        name: text_of(row, "name"),
        tier: tier.ok_or_else(|| Error::internal("a client has a tier"))?,
        permissions: names_of(row, "permissions")?,
        service: row.get("service").as_text().map(str::to_owned),
        revoked: row.get("revoked").as_boolean() == Some(&true),
        expires_at: row
            .get("expires_at")
            .as_timestamp()
            .map(ToString::to_string),
    })
}
