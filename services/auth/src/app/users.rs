//! Users, looked at.

use std::collections::BTreeSet;

use medcover_contract_auth::permissions::ReadUsers;
use medcover_contract_auth::{User, UserList, UserStatus};
use medcover_kernel::{Allowed, Error, Limit, Result, Timestamp, UserId};
use medcover_store::{Row, Value};
use uuid::Uuid;

use super::service::AuthService;
use crate::domain::user;
use crate::store::USERS_BY_NAME;

/// A page of users, by name.
pub(super) async fn users(
    service: &AuthService,
    allowed: Allowed<'_, ReadUsers>,
    after: Option<String>,
    limit: Limit,
) -> Result<UserList> {
    let page = service
        .page(&USERS_BY_NAME, allowed.tenant, after, limit)
        .await?;
    let now = service.clock.now();
    let users = page.rows.iter().map(|row| of_row(row, now));
    Ok(UserList {
        users: users.collect::<Result<_>>()?,
        next: page.next(),
    })
}

/// One user.
pub(super) async fn user(
    service: &AuthService,
    allowed: Allowed<'_, ReadUsers>,
    id: UserId,
) -> Result<User> {
    let user = service.user(allowed.tenant, id).await?;
    Ok(view(id, &user.state, service.clock.now()))
}

/// `user` as others see them.
pub(super) fn view(id: UserId, user: &user::User, now: Timestamp) -> User {
    let status = user.status(now);
    let locked_until = user.locked_until.filter(|_| status == UserStatus::Locked);
    User {
        id: id.as_uuid(),
        name: user.name.clone(),
        status,
        locked_until: locked_until.map(|at| at.to_string()),
        roles: user.roles.clone(),
    }
}

fn of_row(row: &Row, now: Timestamp) -> Result<User> {
    let is = |column| row.get(column).as_boolean() == Some(&true);
    let locked_until = row
        .get("locked_until")
        .as_timestamp()
        .filter(|until| now < **until);
    let status = match () {
        () if is("disabled") => UserStatus::Disabled,
        () if !is("has_password") => UserStatus::Invited,
        () if locked_until.is_some() => UserStatus::Locked,
        () => UserStatus::Active,
    };
    let locked_until = locked_until.filter(|_| status == UserStatus::Locked);
    Ok(User {
        id: id_of(row)?,
        name: text_of(row, "name"),
        status,
        locked_until: locked_until.map(ToString::to_string),
        roles: names_of(row, "roles")?,
    })
}

pub(super) fn id_of(row: &Row) -> Result<Uuid> {
    let id = row.get("id").as_id().copied();
    id.ok_or_else(|| Error::internal("a row has an id"))
}

pub(super) fn text_of(row: &Row, column: &str) -> String {
    row.get(column).as_text().unwrap_or_default().to_owned()
}

pub(super) fn names_of(row: &Row, column: &str) -> Result<BTreeSet<String>> {
    match row.get(column) {
        Value::Json(names) => names.read().map_err(Error::internal),
        _ => Err(Error::internal("a row has a list of names")),
    }
}
