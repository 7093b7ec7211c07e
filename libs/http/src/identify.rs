//! Who asks, by what their requests show.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use medcover_kernel::{
    Call, Caller, Credential, Error, IdempotencyKey, KeyError, PermissionInfo, Purpose, Result,
    Scopes, TenantId, Tier,
};

use crate::problem::Problem;

/// The name of an undertaking, by which a request sent again has its effect once.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says `true` when the answer is one given before under the same key.
pub const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// A key, for programs that cannot sign in.
pub const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// Why the caller asks: the name of a [`Purpose`].
pub const PURPOSE: HeaderName = HeaderName::from_static("x-purpose-of-use");
/// How long the caller waits for the answer, in whole milliseconds.
pub const TIMEOUT_MS: HeaderName = HeaderName::from_static("x-timeout-ms");

/// What a request shows to prove who asks.
#[derive(Clone, Copy)]
pub enum Shown<'a> {
    /// A token, from `Authorization: Bearer …`.
    Bearer(&'a str),
    /// A key, from `X-API-Key: …`.
    ApiKey(&'a str),
}

/// Who a request comes from. Tenant, caller and permissions come from here and from nowhere else.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Whose data the caller may touch.
    pub tenant: TenantId,
    /// Who asks.
    pub caller: Caller,
    /// What they may do.
    pub scopes: Scopes,
    /// How much they may ask for: a key's own, else that of whoever has signed in.
    pub tier: Tier,
    /// Why they ask, where that is bound to the credentials: an emergency is. Otherwise the request says.
    pub purpose: Option<Purpose>,
}

/// Knows callers by what they show.
#[async_trait]
pub trait Identify: Send + Sync {
    /// Who shows this. `Unauthenticated` when it does not hold, `Limited` or `Unavailable` when that cannot be told now.
    /// `call` tells of the request; nobody is known yet to have made it.
    async fn identify(&self, shown: Shown<'_>, call: &Call) -> Result<Identity>;

    /// Who asks that shows nothing: nobody known, unless the listener lets in only one that is.
    async fn unshown(&self, _call: &Call) -> Result<Identity> {
        Err(Error::unauthenticated(
            "This needs credentials: `Authorization: Bearer …` or `X-API-Key: …`.",
        ))
    }

    /// Is told of a known caller who was refused for want of a permission.
    async fn refused(&self, _call: &Call, _permission: PermissionInfo) {}
}

/// Nobody is known: every endpoint that is not public refuses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nobody;

#[async_trait]
impl Identify for Nobody {
    async fn identify(&self, _: Shown<'_>, _: &Call) -> Result<Identity> {
        Err(Error::unauthenticated("No credentials are known here."))
    }
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bearer(_) => "Bearer(…)",
            Self::ApiKey(_) => "ApiKey(…)",
        })
    }
}

/// Whether the request shows anything to say who asks.
pub(crate) fn shows_anything(headers: &HeaderMap) -> bool {
    headers.contains_key(AUTHORIZATION) || headers.contains_key(API_KEY)
}

/// What the request shows. Two at once are refused: which of them counts would be a guess.
pub(crate) fn shown(headers: &HeaderMap) -> Result<Option<(Shown<'_>, Credential)>, Problem> {
    let bearer = headers.get(AUTHORIZATION).map(bearer).transpose()?;
    let key = headers.get(API_KEY).map(text).transpose()?;
    match (bearer, key) {
        (Some(token), None) => {
            let credential = Credential::Bearer(token.into());
            Ok(Some((Shown::Bearer(token), credential)))
        }
        (None, Some(key)) => Ok(Some((Shown::ApiKey(key), Credential::ApiKey(key.into())))),
        (Some(_), Some(_)) => {
            Err(Error::invalid("", "show either a bearer token or an API key, not both").into())
        }
        (None, None) => Ok(None),
    }
}

fn bearer(header: &HeaderValue) -> Result<&str, Problem> {
    let text = text(header)?;
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    if scheme.eq_ignore_ascii_case("bearer") {
        return Ok(token.trim());
    }
    Err(Problem::of_bad_credentials(Error::unauthenticated(
        "Only tokens are taken here: `Authorization: Bearer …`.",
    )))
}

fn text(header: &HeaderValue) -> Result<&str, Problem> {
    header.to_str().map_err(|_| {
        Problem::of_bad_credentials(Error::unauthenticated("The credentials are no plain text."))
    })
}

/// Why the caller says that they ask. An emergency is no matter of saying so.
pub(crate) fn purpose(headers: &HeaderMap) -> Result<Purpose> {
    let Some(header) = headers.get(PURPOSE) else {
        return Ok(Purpose::default());
    };
    match header.to_str().unwrap_or_default().parse() {
        Ok(Purpose::Emergency) => Err(Error::invalid(
            "/X-Purpose-Of-Use",
            "an emergency is declared first, and asked for with the token that gives",
        )),
        Ok(purpose) => Ok(purpose),
        Err(_) => {
            let names = Purpose::ALL.map(Purpose::as_str).join(", ");
            Err(Error::invalid(
                "/X-Purpose-Of-Use",
                format!("must be one of {names}"),
            ))
        }
    }
}

/// How long the caller waits. Text that is no number is no reason to refuse: the deadline of the path holds anyway.
pub(crate) fn waits(headers: &HeaderMap) -> Option<Duration> {
    let millis = headers.get(TIMEOUT_MS)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_millis(millis))
}

pub(crate) fn key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>> {
    let Some(header) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    match header.to_str().unwrap_or_default().parse() {
        Ok(key) => Ok(Some(key)),
        Err(KeyError) => Err(Error::invalid("/Idempotency-Key", KeyError.to_string())),
    }
}
