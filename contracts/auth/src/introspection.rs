//! What a token or key is worth that was shown to another process: token introspection, in the spirit of RFC 7662.

use medcover_http::{Identity, Shown};
use medcover_identity::SecretText;
use medcover_kernel::{Error, Purpose, Result, Scopes, TenantId, Tier};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// In which form something was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    /// A token, from `Authorization: Bearer …`.
    Bearer,
    /// A key, from `X-API-Key: …`.
    ApiKey,
}

/// What was shown.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IntrospectRequest {
    /// In which form.
    pub kind: CredentialKind,
    /// The token or key itself.
    #[schema(value_type = String)]
    pub credential: SecretText,
    /// The services that run where it was shown, at most 16: a service token must be meant for one of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
}

/// What it is worth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Introspection {
    /// Whether it holds.
    pub active: bool,
    /// Who shows it, if it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<CredentialHolder>,
}

/// Who shows a token or key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CredentialHolder {
    /// Who it is, as audit records name them.
    #[schema(example = "client:018f3b2a-7c1d-7000-8000-000000000001")]
    pub sub: String,
    /// Whose data they may touch.
    pub tenant: Uuid,
    /// What they may do.
    pub scopes: Vec<String>,
    /// How much they may ask for.
    pub tier: Tier,
    /// Why they ask, where that is bound to what they show: in an emergency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
}

impl IntrospectRequest {
    /// Asks what `shown` is worth where `services` run.
    pub fn of(shown: Shown<'_>, services: Vec<String>) -> Self {
        let (kind, text) = match shown {
            Shown::Bearer(token) => (CredentialKind::Bearer, token),
            Shown::ApiKey(key) => (CredentialKind::ApiKey, key),
        };
        let credential = SecretText::new(text);
        Self {
            kind,
            credential,
            services,
        }
    }

    /// What was shown.
    pub fn shown(&self) -> Shown<'_> {
        let text = self.credential.reveal();
        match self.kind {
            CredentialKind::Bearer => Shown::Bearer(text),
            CredentialKind::ApiKey => Shown::ApiKey(text),
        }
    }
}

impl Introspection {
    /// Of something that does not hold. Why is in the trail, and for nobody else.
    pub const INACTIVE: Self = Self {
        active: false,
        holder: None,
    };

    /// Of something that `identity` shows.
    pub fn of(identity: &Identity) -> Self {
        let scopes = identity.scopes.names().map(str::to_owned).collect();
        Self {
            active: true,
            holder: Some(CredentialHolder {
                sub: identity.caller.to_string(),
                tenant: identity.tenant.as_uuid(),
                scopes,
                tier: identity.tier,
                purpose: identity.purpose.map(|purpose| purpose.to_string()),
            }),
        }
    }
}

impl TryFrom<CredentialHolder> for Identity {
    type Error = Error;

    /// Who that is for an edge. An answer that cannot be read is an internal error.
    fn try_from(holder: CredentialHolder) -> Result<Self> {
        let purpose = holder.purpose.as_deref().map(str::parse::<Purpose>);
        Ok(Self {
            tenant: TenantId::from_uuid(holder.tenant),
            caller: holder.sub.parse().map_err(Error::internal)?,
            scopes: Scopes::of(holder.scopes),
            tier: holder.tier,
            purpose: purpose.transpose().map_err(Error::internal)?,
        })
    }
}
