//! Tokens: what a caller shows to say who they are, signed, so that whoever knows the public key can check it alone.

use std::time::Duration;

use jsonwebtoken::errors::ErrorKind as JwtError;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use medcover_kernel::{Caller, Error, Purpose, Scopes, TenantId, Timestamp, uuid_id};
use serde::{Deserialize, Serialize};

use crate::eddsa;
use crate::key::SigningKey;
use crate::ring::PublicKeys;
use crate::secret::SecretText;

uuid_id! {
    /// One token, by its claim `jti`.
    TokenId
}
uuid_id! {
    /// One sign-in, by the claim `sid`: the family of the refresh tokens that follow from it.
    SessionId
}

/// No token of ours comes near; what is longer is not even looked into.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// How far the clocks of two machines may be apart.
const LEEWAY: Duration = Duration::from_secs(10);

/// What a token is for. It stands in the head (`typ`), so that one kind is never taken for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Shown by a user or a program with each request, until it expires.
    Access,
    /// Shown by a service of medcover to another, once.
    Service,
}

impl TokenKind {
    /// `typ` of the head: RFC 9068 names the first, the second is ours.
    const fn typ(self) -> &'static str {
        match self {
            Self::Access => "at+jwt",
            Self::Service => "medcover-service+jwt",
        }
    }

    /// The longest a token of this kind may live, whatever it says of itself.
    pub const fn longest_life(self) -> Duration {
        match self {
            Self::Access => Duration::from_hours(12),
            Self::Service => Duration::from_mins(2),
        }
    }
}

/// What a token says of its bearer. There is no personal data among it: names, addresses and roles stay with the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Who calls: a user, a client or a service.
    pub caller: Caller,
    /// Whose data.
    pub tenant: TenantId,
    /// What they may do.
    pub scopes: Scopes,
    /// Why.
    pub purpose: Purpose,
    /// The sign-in it follows from.
    pub session: Option<SessionId>,
}

/// A token that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// What it grants.
    pub grant: Grant,
    /// Its own id.
    pub id: TokenId,
    /// Until when it holds, in whole seconds.
    pub expires_at: Timestamp,
}

/// The claims as they stand in the token: RFC 9068, and four of our own.
#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    exp: u64,
    nbf: u64,
    iat: u64,
    jti: TokenId,
    tenant: TenantId,
    /// Names separated by spaces.
    scope: String,
    purpose: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<SessionId>,
}

/// Signs tokens in the name of one installation.
#[derive(Clone, Debug)]
pub struct Issuer {
    issuer: String,
}

impl Issuer {
    /// An issuer called `issuer`: the URL under which its discovery document stands.
    pub fn new(issuer: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
        }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.issuer
    }

    /// A token of `kind` for `audience`, called `id`, which holds from `now` for `life`, cut to
    /// [`TokenKind::longest_life`].
    pub fn issue(
        &self,
        kind: TokenKind,
        grant: &Grant,
        audience: &str,
        (now, life): (Timestamp, Duration),
        id: TokenId,
        key: &SigningKey,
    ) -> SecretText {
        let issued = seconds(now);
        let life = life.min(kind.longest_life());
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: audience.to_owned(),
            sub: grant.caller.to_string(),
            exp: issued + life.as_secs(),
            nbf: issued,
            iat: issued,
            jti: id,
            tenant: grant.tenant,
            scope: grant.scopes.names().collect::<Vec<_>>().join(" "),
            purpose: grant.purpose.to_string(),
            sid: grant.session,
        };
        let mut head = Header::new(Algorithm::EdDSA);
        head.typ = Some(kind.typ().to_owned());
        head.kid = Some(key.record().kid.to_string());
        eddsa::provide();
        let token = encode(&head, &claims, &EncodingKey::from_ed_der(key.secret()));
        SecretText::new(token.expect("claims are plain text and numbers, and the key is ours"))
    }

    /// What checks the tokens that this issuer makes for `audience`.
    pub fn verifier(&self, audience: impl Into<String>) -> Verifier {
        Verifier::new(self.issuer.clone(), audience)
    }
}

/// Checks tokens of one issuer for one audience.
#[derive(Clone, Debug)]
pub struct Verifier {
    validation: Validation,
}

impl Verifier {
    /// Accepts tokens that `issuer` made for `audience`.
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        validation.set_issuer(&[issuer.into()]);
        validation.set_audience(&[audience.into()]);
        // The library would ask the machine's clock. `times` below is asked with the time given.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Self { validation }
    }

    /// What `token` grants at `now`, if it is of `kind`, is signed by one of `keys` and holds.
    pub fn verify(
        &self,
        kind: TokenKind,
        token: &str,
        keys: &dyn PublicKeys,
        now: Timestamp,
    ) -> Result<Verified, TokenFault> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenFault::Malformed);
        }
        eddsa::provide();
        let head = head(kind, token)?;
        let named = head.kid.as_deref().ok_or(TokenFault::UnknownKey)?;
        let public = keys.public_key(named, now).ok_or(TokenFault::UnknownKey)?;
        let key = DecodingKey::from_ed_der(public.as_bytes());
        let claims = decode::<Claims>(token, &key, &self.validation)
            .map_err(|error| fault_of(error.kind()))?
            .claims;
        times(kind, &claims, now)?;
        verified(&claims)
    }
}

/// The head of `token`, if a token of `kind` may have it.
fn head(kind: TokenKind, token: &str) -> Result<Header, TokenFault> {
    let head = jsonwebtoken::decode_header(token).map_err(|error| head_fault(&error))?;
    if head.alg != Algorithm::EdDSA {
        return Err(TokenFault::Algorithm);
    }
    // `crit` names extensions that must be understood; there are none. Keys are ours, never the token's.
    let brings_along = head.crit.is_some() || head.jwk.is_some() || head.jku.is_some();
    if brings_along || head.x5u.is_some() || head.x5c.is_some() {
        return Err(TokenFault::Head);
    }
    if head.typ.as_deref() != Some(kind.typ()) {
        return Err(TokenFault::Kind);
    }
    Ok(head)
}

/// `none`, and every algorithm that the library has no name for, is an unknown variant of its enum.
fn head_fault(error: &jsonwebtoken::errors::Error) -> TokenFault {
    match error.kind() {
        JwtError::Json(error) if error.to_string().contains("unknown variant") => {
            TokenFault::Algorithm
        }
        _ => TokenFault::Malformed,
    }
}

fn fault_of(error: &JwtError) -> TokenFault {
    match error {
        JwtError::InvalidSignature => TokenFault::Signature,
        JwtError::InvalidIssuer => TokenFault::Issuer,
        JwtError::InvalidAudience => TokenFault::Audience,
        JwtError::InvalidAlgorithm | JwtError::UnsupportedAlgorithm => TokenFault::Algorithm,
        JwtError::MissingRequiredClaim(_) => TokenFault::Claims,
        JwtError::Json(error) if error.is_data() => TokenFault::Claims,
        _ => TokenFault::Malformed,
    }
}

fn times(kind: TokenKind, claims: &Claims, now: Timestamp) -> Result<(), TokenFault> {
    let (now, leeway) = (seconds(now), LEEWAY.as_secs());
    if now >= claims.exp.saturating_add(leeway) {
        return Err(TokenFault::Expired);
    }
    if claims.nbf.max(claims.iat) > now.saturating_add(leeway) {
        return Err(TokenFault::NotYet);
    }
    let life = claims.exp.saturating_sub(claims.iat);
    if life == 0 || life > kind.longest_life().as_secs() {
        return Err(TokenFault::Life);
    }
    Ok(())
}

fn verified(claims: &Claims) -> Result<Verified, TokenFault> {
    let caller = claims.sub.parse().map_err(|_| TokenFault::Claims)?;
    if matches!(caller, Caller::Anonymous | Caller::Operator) {
        return Err(TokenFault::Claims);
    }
    let purpose = claims.purpose.parse().map_err(|_| TokenFault::Claims)?;
    let micros = i64::try_from(claims.exp.saturating_mul(1_000_000)).unwrap_or(i64::MAX);
    Ok(Verified {
        grant: Grant {
            caller,
            tenant: claims.tenant,
            scopes: Scopes::of(claims.scope.split_ascii_whitespace()),
            purpose,
            session: claims.sid,
        },
        id: claims.jti,
        expires_at: Timestamp::from_micros(micros),
    })
}

fn seconds(moment: Timestamp) -> u64 {
    u64::try_from(moment.as_micros() / 1_000_000).unwrap_or(0)
}

/// Why a token is refused. The caller is told little; the audit trail names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum TokenFault {
    /// It is no token, or far too long.
    #[error("malformed")]
    Malformed,
    /// It is signed with another algorithm than `EdDSA`, or with none.
    #[error("algorithm")]
    Algorithm,
    /// Its head brings a key along, or asks for what is not understood.
    #[error("head")]
    Head,
    /// It is of the other kind.
    #[error("kind")]
    Kind,
    /// It names no key, or one that is not known or no longer accepted.
    #[error("unknown-key")]
    UnknownKey,
    /// Its signature is another's.
    #[error("signature")]
    Signature,
    /// Its time is over.
    #[error("expired")]
    Expired,
    /// Its time has not come.
    #[error("not-yet-valid")]
    NotYet,
    /// It gives itself a longer life than its kind may have.
    #[error("life")]
    Life,
    /// Another issuer made it.
    #[error("issuer")]
    Issuer,
    /// It is meant for somebody else.
    #[error("audience")]
    Audience,
    /// A claim is missing or makes no sense.
    #[error("claims")]
    Claims,
    /// It may be shown once, and has been.
    #[error("replayed")]
    Replayed,
    /// The sign-in it follows from has ended.
    #[error("session-ended")]
    SessionEnded,
}

impl From<TokenFault> for Error {
    /// 401. That a token has expired, or its session has ended, the caller can act on; for the rest there is one message.
    fn from(fault: TokenFault) -> Self {
        Self::unauthenticated(match fault {
            TokenFault::Expired => "The token has expired.",
            TokenFault::SessionEnded => "The session has ended.",
            _ => "The token is not valid here.",
        })
    }
}
