//! Roles.

use std::collections::BTreeSet;

use medcover_contract_auth::events::{RoleRemoved, RoleSet};
use medcover_contract_auth::permissions::{ManageRoles, OwnAccount, ReadUsers};
use medcover_contract_auth::{ADMINISTRATOR, PermissionView, Permissions, Role, RoleList};
use medcover_kernel::{Allowed, Error, Limit, Permission as _, Result};
use medcover_store::{Append, AuditOutcome, Context, Tries};
use serde_json::json;

use super::service::{AuthService, conflict, done, entry};
use super::users::{names_of, text_of};
use crate::domain::{names, rights};
use crate::store::ROLES_BY_NAME;

/// A page of roles, by name. The administrator's is not among them: it is no choice of anybody.
pub(super) async fn roles(
    service: &AuthService,
    allowed: Allowed<'_, ReadUsers>,
    after: Option<String>,
    limit: Limit,
) -> Result<RoleList> {
    let page = service
        .page(&ROLES_BY_NAME, allowed.tenant, after, limit)
        .await?;
    let roles = page.rows.iter().map(|row| {
        let (name, permissions) = (text_of(row, "name"), names_of(row, "permissions")?);
        Ok(Role { name, permissions })
    });
    Ok(RoleList {
        roles: roles.collect::<Result<_>>()?,
        next: page.next(),
    })
}

/// Every permission that a role of the tenant may hold.
pub(super) fn permissions(service: &AuthService, allowed: Allowed<'_, ReadUsers>) -> Permissions {
    let all = rights::within(allowed.tenant, &service.catalogue);
    let known = service.catalogue.iter();
    let known = known.filter(|it| all.has(it.name) && it.name != OwnAccount::NAME);
    let views = known.map(|it| PermissionView {
        name: it.name.to_owned(),
        summary: it.summary.to_owned(),
    });
    Permissions {
        permissions: views.collect(),
    }
}

/// Makes a role or replaces what it holds. Neither what it held nor what it gets may be more than the caller has.
pub(super) async fn put_role(
    service: &AuthService,
    allowed: Allowed<'_, ManageRoles>,
    name: &str,
    permissions: BTreeSet<String>,
) -> Result<Role> {
    let call = allowed.call();
    let name = changeable(name)?;
    rights::check_known(&permissions, call.tenant, &service.catalogue)?;
    rights::check_gift(&call.scopes, permissions.iter().map(String::as_str))?;
    let mut tries = Tries::default();
    loop {
        let mut role = service.role(call.tenant, &name).await?;
        rights::check_gift(
            &call.scopes,
            role.state.permissions.iter().map(String::as_str),
        )?;
        if !(role.state.exists && role.state.permissions == permissions) {
            let details = json!({"name": name, "from": role.state.permissions, "to": permissions});
            let (name, permissions) = (name.clone(), permissions.clone());
            let append = Append::new(Context::of(call));
            let append =
                service.write(append, &mut role, [RoleSet { name, permissions }.into()])?;
            let entry = entry("role.set", &role.stream, AuditOutcome::Done, &details)?;
            if let Err(error) = service.commit(append.audit(entry)).await {
                tries.again(error)?;
                continue;
            }
        }
        return Ok(Role { name, permissions });
    }
}

/// Removes a role that holds no more than the caller has.
pub(super) async fn remove_role(
    service: &AuthService,
    allowed: Allowed<'_, ManageRoles>,
    name: &str,
) -> Result<()> {
    let call = allowed.call();
    let name = changeable(name)?;
    let mut tries = Tries::default();
    loop {
        let mut role = service.role(call.tenant, &name).await?;
        if !role.state.exists {
            return Err(Error::not_found("There is no such role."));
        }
        rights::check_gift(
            &call.scopes,
            role.state.permissions.iter().map(String::as_str),
        )?;
        let append = Append::new(Context::of(call));
        let removed = RoleRemoved { name: name.clone() };
        let append = service.write(append, &mut role, [removed.into()])?;
        let append = append.audit(done("role.removed", &role.stream)?);
        match service.commit(append).await {
            Ok(_) => return Ok(()),
            Err(error) => tries.again(error)?,
        }
    }
}

fn changeable(name: &str) -> Result<String> {
    if name == ADMINISTRATOR {
        return Err(conflict(
            "The administrator's role holds everything and cannot be changed.",
        ));
    }
    names::slug(name).map_err(|rule| Error::invalid("/name", rule))
}
