//! Making tokens.

use std::time::Duration;

use medcover_contract_auth::Tokens;
use medcover_identity::{Grant, SecretText, SessionId, Ticket, TokenId, TokenKind};
use medcover_kernel::{Caller, Error, Purpose, Result, Scopes, TenantId, Timestamp, UserId};

use super::service::AuthService;

/// A session that goes on.
pub(super) struct Going {
    pub(super) tenant: TenantId,
    pub(super) user: UserId,
    pub(super) session: SessionId,
    /// The number of the refresh token that is good.
    pub(super) number: u32,
    pub(super) expires_at: Timestamp,
}

impl AuthService {
    /// The tokens of a session for the next while.
    pub(super) async fn tokens(&self, going: &Going, scopes: Scopes) -> Result<Tokens> {
        let now = self.clock.now();
        let left = going.expires_at.since(now);
        let life = self.config.access_life().min(left);
        let grant = Grant {
            caller: Caller::User(going.user),
            tenant: going.tenant,
            scopes,
            purpose: Purpose::Operations,
            session: Some(going.session),
        };
        let access_token = self.access_token(&grant, life).await?;
        let refresh_token = self.refresh_tokens.issue(Ticket {
            tenant: going.tenant,
            thing: going.session.as_uuid(),
            number: going.number,
        });
        Ok(Tokens {
            access_token,
            token_type: "Bearer".to_owned(),
            expires_in: life.as_secs(),
            refresh_token,
            session_expires_in: left.as_secs(),
            scope: scope_text(&grant.scopes),
        })
    }

    /// An access token that says `grant`.
    pub(super) async fn access_token(&self, grant: &Grant, life: Duration) -> Result<SecretText> {
        self.token(TokenKind::Access, grant, &self.config.audience, life)
            .await
    }

    /// A token, signed by the key that signs now. Where none does, because this process slept through its time, one is
    /// made.
    pub(super) async fn token(
        &self,
        kind: TokenKind,
        grant: &Grant,
        audience: &str,
        life: Duration,
    ) -> Result<SecretText> {
        let now = self.clock.now();
        if self.live.ring().signer(now).is_none() {
            self.make_due_keys().await?;
        }
        let ring = self.live.ring();
        let key = ring
            .signer(now)
            .ok_or_else(|| Error::unavailable("There is no signing key at the moment."))?;
        let id = TokenId::new(&*self.clock, &*self.rng);
        Ok(self
            .issuer
            .issue(kind, grant, audience, (now, life), id, key))
    }
}

/// Scopes as tokens and answers give them.
pub(super) fn scope_text(scopes: &Scopes) -> String {
    scopes.names().collect::<Vec<_>>().join(" ")
}
