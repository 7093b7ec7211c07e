//! Emergencies.

use std::collections::BTreeSet;
use std::time::Duration;

use medcover_contract_auth::events::BreakGlassOpened;
use medcover_contract_auth::permissions::{OwnAccount, ReviewBreakGlass, UseBreakGlass};
use medcover_contract_auth::{
    BreakGlassGrant, BreakGlassId, BreakGlassList, BreakGlassRequest, BreakGlassState,
    BreakGlassToken, ReviewRequest, endpoints,
};
use medcover_identity::{Grant, SessionId};
use medcover_kernel::{
    Allowed, Call, Caller, Error, Limit, Permission as _, Purpose, Result, Scopes, TenantId,
    Timestamp, UserId,
};
use medcover_store::{
    Aggregate as _, Append, AuditEntry, AuditOutcome, Context, Loaded, Page, Row, StreamId, Tries,
    Version,
};
use serde_json::json;

use super::service::{AuthService, caller_user, conflict, done, entry};
use super::tokens::scope_text;
use super::users::{id_of, text_of};
use crate::domain::break_glass::{BreakGlass, explanation};
use crate::domain::rights;
use crate::store::BREAK_GLASS_BY_TIME;

/// Declares an emergency, and gives a token whose purpose is that.
pub(super) async fn open_break_glass(
    service: &AuthService,
    allowed: Allowed<'_, UseBreakGlass>,
    request: BreakGlassRequest,
) -> Result<BreakGlassToken> {
    let call = allowed.call();
    let user = caller_user(call)?;
    if call.purpose == Purpose::Emergency {
        return Err(conflict("An emergency does not begin within another."));
    }
    let operation = endpoints::OPEN_BREAK_GLASS.operation;
    let grant = service.once.run(call, operation, &request, async |keep| {
        let event = opening(service, call.tenant, user, &request)?;
        let id = BreakGlassId::new(&*service.clock, &*service.rng);
        let mut grant = Loaded {
            stream: StreamId::new(BreakGlass::KIND, id.as_uuid()),
            version: Version::NONE,
            state: BreakGlass::default(),
        };
        let entry = opened(&grant.stream, &event)?;
        let append = Append::new(Context::of(&call.clone().for_purpose(Purpose::Emergency)));
        let append = service
            .write(append, &mut grant, [event.into()])?
            .audit(entry);
        let grant = view(id, &grant.state, service.clock.now());
        let append = keep.answer(append, 201, &grant)?;
        service.commit(append).await?;
        Ok(grant)
    });
    token(service, call, user, grant.await?).await
}

fn opening(
    service: &AuthService,
    tenant: TenantId,
    user: UserId,
    request: &BreakGlassRequest,
) -> Result<BreakGlassOpened> {
    let max = service.config.break_glass.max_minutes;
    if !(1..=max).contains(&request.minutes) {
        return Err(Error::invalid(
            "/minutes",
            format!("must be between 1 and {max}"),
        ));
    }
    let minutes = Duration::from_mins(u64::from(request.minutes));
    Ok(BreakGlassOpened {
        user,
        reason: explanation("/reason", &request.reason)?,
        permissions: beyond(service, tenant),
        expires_at: service.clock.now().plus(minutes),
    })
}

/// The permissions of an emergency that there are.
fn beyond(service: &AuthService, tenant: TenantId) -> BTreeSet<String> {
    let all = rights::within(tenant, &service.catalogue);
    let wanted = service.config.break_glass.permissions.iter();
    wanted.filter(|name| all.has(name)).cloned().collect()
}

fn opened(stream: &StreamId, event: &BreakGlassOpened) -> Result<AuditEntry> {
    let details = json!({
        "reason": event.reason,
        "permissions": event.permissions,
        "expires_at": event.expires_at.to_string(),
    });
    entry("break-glass.opened", stream, AuditOutcome::Done, &details)
}

/// The token of an emergency that is not over: what the user may do anyway, and what the emergency adds.
async fn token(
    service: &AuthService,
    call: &Call,
    user: UserId,
    view: BreakGlassGrant,
) -> Result<BreakGlassToken> {
    let now = service.clock.now();
    let grant: Loaded<BreakGlass> = service.thing(call.tenant, view.id).await?;
    let ends_at = grant.state.ends_at.unwrap_or(now);
    if grant.state.state(now) != BreakGlassState::Open {
        return Err(conflict("The emergency is over."));
    }
    let added = beyond(service, call.tenant);
    let own = call.scopes.names();
    let scopes = own
        .chain(added.iter().map(String::as_str))
        .filter(|name| *name != UseBreakGlass::NAME);
    let grant = Grant {
        caller: Caller::User(user),
        tenant: call.tenant,
        scopes: Scopes::of(scopes),
        purpose: Purpose::Emergency,
        // Its end ends the token, as that of a session does.
        session: Some(SessionId::from_uuid(view.id)),
    };
    Ok(BreakGlassToken {
        access_token: service.access_token(&grant, ends_at.since(now)).await?,
        scope: scope_text(&grant.scopes),
        grant: view,
    })
}

/// A page of emergencies, the last first.
pub(super) async fn break_glass_grants(
    service: &AuthService,
    allowed: Allowed<'_, ReviewBreakGlass>,
    after: Option<String>,
    limit: Limit,
) -> Result<BreakGlassList> {
    let page: Page = service
        .last_page(&BREAK_GLASS_BY_TIME, allowed.tenant, after, limit)
        .await?;
    let now = service.clock.now();
    let grants = page.rows.iter().map(|row| of_row(row, now));
    Ok(BreakGlassList {
        grants: grants.collect::<Result<_>>()?,
        next: page.next(),
    })
}

/// Ends an emergency: one's own, or as a reviewer another's.
pub(super) async fn end_break_glass(
    service: &AuthService,
    allowed: Allowed<'_, OwnAccount>,
    id: BreakGlassId,
) -> Result<BreakGlassGrant> {
    let call = allowed.call();
    let mut tries = Tries::default();
    loop {
        let now = service.clock.now();
        let mut grant = find(service, call, id).await?;
        if !grant.state.is_of(&call.caller) && !call.scopes.has(ReviewBreakGlass::NAME) {
            return Err(unknown());
        }
        let Some(event) = grant.state.end(now) else {
            return Ok(view(id, &grant.state, now));
        };
        let append = Append::new(Context::of(call));
        let append = service.write(append, &mut grant, [event])?;
        let append = append.audit(done("break-glass.ended", &grant.stream)?);
        match service.commit(append).await {
            Ok(_) => return Ok(view(id, &grant.state, now)),
            Err(error) => tries.again(error)?,
        }
    }
}

/// Reviews another's emergency that is over.
pub(super) async fn review_break_glass(
    service: &AuthService,
    allowed: Allowed<'_, ReviewBreakGlass>,
    id: BreakGlassId,
    request: ReviewRequest,
) -> Result<BreakGlassGrant> {
    let call = allowed.call();
    let note = explanation("/note", &request.note)?;
    let mut tries = Tries::default();
    loop {
        let now = service.clock.now();
        let mut grant = find(service, call, id).await?;
        let event = grant.state.review(&call.caller, note.clone(), now)?;
        let append = Append::new(Context::of(call));
        let append = service.write(append, &mut grant, [event])?;
        let append = append.audit(done("break-glass.reviewed", &grant.stream)?);
        match service.commit(append).await {
            Ok(_) => return Ok(view(id, &grant.state, now)),
            Err(error) => tries.again(error)?,
        }
    }
}

async fn find(service: &AuthService, call: &Call, id: BreakGlassId) -> Result<Loaded<BreakGlass>> {
    let grant: Loaded<BreakGlass> = service.thing(call.tenant, id.as_uuid()).await?;
    if grant.state.user.is_some() {
        Ok(grant)
    } else {
        Err(unknown())
    }
}

fn unknown() -> Error {
    Error::not_found("There is no such emergency.")
}

fn view(id: BreakGlassId, grant: &BreakGlass, now: Timestamp) -> BreakGlassGrant {
    let text = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    BreakGlassGrant {
        id: id.as_uuid(),
        user: grant.user.map(|user| user.as_uuid()).unwrap_or_default(),
        reason: grant.reason.clone(),
        opened_at: text(grant.opened_at),
        ends_at: text(grant.ends_at),
        state: grant.state(now),
        note: grant.note.clone(),
    }
}

fn of_row(row: &Row, now: Timestamp) -> Result<BreakGlassGrant> {
    let user = row.get("user_id").as_id().copied();
    let grant = BreakGlass {
        user: user.map(UserId::from_uuid),
        reason: text_of(row, "reason"),
        opened_at: row.get("opened_at").as_timestamp().copied(),
        ends_at: row.get("ends_at").as_timestamp().copied(),
        note: row.get("note").as_text().map(str::to_owned),
    };
    Ok(view(BreakGlassId::from_uuid(id_of(row)?), &grant, now))
}
