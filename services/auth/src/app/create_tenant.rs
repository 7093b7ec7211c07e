//! Tenants.

use std::collections::BTreeSet;

use medcover_contract_auth::events::{TenantCreated, TenantNameTaken};
use medcover_contract_auth::permissions::ManageTenants;
use medcover_contract_auth::{
    ADMINISTRATOR, CreatedTenant, NewTenantRequest, Tenant, TenantList, endpoints,
};
use medcover_kernel::{Allowed, Call, Error, Limit, Result, TenantId};
use medcover_store::{Append, Context, Loaded};
use serde::{Deserialize, Serialize};

use super::invite_user::{Invited, invitation, inviting};
use super::service::{AuthService, conflict, done, forbidden};
use super::users::{id_of, text_of};
use crate::domain::names;
use crate::domain::tenant;
use crate::store::TENANTS_BY_NAME;

/// What is kept of the answer under its key.
#[derive(Serialize, Deserialize)]
struct Made {
    tenant: Tenant,
    administrator: Invited,
}

/// Makes a tenant and invites its administrator.
///
/// A commit belongs to one tenant, so the administrator is made first, in a tenant that nobody can name yet. Where the
/// second commit does not come, nobody ever can.
pub(super) async fn create_tenant(
    service: &AuthService,
    allowed: Allowed<'_, ManageTenants>,
    request: NewTenantRequest,
) -> Result<CreatedTenant> {
    let call = allowed.call();
    of_the_installation(call)?;
    let operation = endpoints::CREATE_TENANT.operation;
    let made = service.once.run(call, operation, &request, async |keep| {
        let name = names::slug(&request.name).map_err(|rule| Error::invalid("/name", rule))?;
        let administrator = names::user_name(&request.administrator)
            .map_err(|rule| Error::invalid("/administrator", rule))?;
        let mut taken = service.tenant_name(&name).await?;
        if taken.state.0.is_some() {
            return Err(conflict("There is a tenant of that name."));
        }
        let id = TenantId::new(&*service.clock, &*service.rng);
        let administrator = administrator_of(service, call, id, administrator).await?;
        let mut tenant: Loaded<tenant::Tenant> =
            service.thing(TenantId::DEFAULT, id.as_uuid()).await?;
        let append = Append::new(Context::of(call));
        let append = service.write(append, &mut taken, [TenantNameTaken { tenant: id }.into()])?;
        let append = service.write(
            append,
            &mut tenant,
            [TenantCreated { name: name.clone() }.into()],
        )?;
        let append = append.audit(done("tenant.created", &tenant.stream)?);
        let tenant = Tenant {
            id: id.as_uuid(),
            name,
        };
        let made = Made {
            tenant,
            administrator,
        };
        let append = keep.answer(append, 201, &made)?;
        service.commit(append).await?;
        Ok(made)
    });
    let Made {
        tenant,
        administrator,
    } = made.await?;
    Ok(CreatedTenant {
        tenant,
        administrator: invitation(service, administrator),
    })
}

async fn administrator_of(
    service: &AuthService,
    call: &Call,
    tenant: TenantId,
    name: String,
) -> Result<Invited> {
    let append = Append::new(Context::of(&call.clone().for_tenant(tenant)));
    let roles = BTreeSet::from([ADMINISTRATOR.to_owned()]);
    let (append, invited) = inviting(service, append, name, roles).await?;
    service.commit(append).await?;
    Ok(invited)
}

/// A page of tenants, by name.
pub(super) async fn tenants(
    service: &AuthService,
    allowed: Allowed<'_, ManageTenants>,
    after: Option<String>,
    limit: Limit,
) -> Result<TenantList> {
    of_the_installation(allowed.call())?;
    let page = service
        .page(&TENANTS_BY_NAME, TenantId::DEFAULT, after, limit)
        .await?;
    let tenants = page.rows.iter().map(|row| {
        let (id, name) = (id_of(row)?, text_of(row, "name"));
        Ok(Tenant { id, name })
    });
    Ok(TenantList {
        tenants: tenants.collect::<Result<_>>()?,
        next: page.next(),
    })
}

/// No role of another tenant holds such a permission; this is the second lock on the door.
pub(super) fn of_the_installation(call: &Call) -> Result<()> {
    if call.tenant == TenantId::DEFAULT {
        Ok(())
    } else {
        Err(forbidden(
            "Only the default tenant looks after the installation.",
        ))
    }
}
