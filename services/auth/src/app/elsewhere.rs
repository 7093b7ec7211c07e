//! What processes without the auth service keep of who callers are.

use std::time::Duration;

use medcover_cache::Cache;
use medcover_contract_auth::events::{
    ClientKeyReplaced, ClientRevoked, SessionEnded, UserDisabled, UserPasswordSet,
    UserSessionsEnded,
};
use medcover_contract_auth::identity_tag;
use medcover_kernel::{Caller, ClientId, UserId};
use medcover_store::{Event, EventPayload as _};
use tokio::time::timeout;

/// How long whoever ends rights waits for the others to be told. It is less than what is kept elsewhere is good for.
const WAIT: Duration = Duration::from_secs(1);

/// The cache that they share with this one, if they do.
pub(super) struct Elsewhere(Option<Cache>);

impl Elsewhere {
    pub(super) const fn new(cache: Option<Cache>) -> Self {
        Self(cache)
    }

    /// Has them forget whose rights ended by `events`. When the cache does not answer within a second, what they keep is
    /// good for [`IDENTITY_KEPT`](medcover_contract_auth::IDENTITY_KEPT) at most.
    pub(super) async fn tell(&self, events: &[Event]) {
        let Some(cache) = &self.0 else { return };
        let tags: Vec<_> = events
            .iter()
            .filter_map(ended)
            .filter_map(|caller| identity_tag(&caller))
            .collect();
        if tags.is_empty() {
            return;
        }
        let cause = match timeout(WAIT, cache.invalidate_by_tags(&tags)).await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(elapsed) => elapsed.to_string(),
        };
        tracing::warn!(
            cause,
            "other processes are not told at once whose rights ended"
        );
    }
}

/// Of whom `event` ended something. A session that ends by itself names nobody.
fn ended(event: &Event) -> Option<Caller> {
    let id = event.stream.id;
    match &*event.kind {
        SessionEnded::KIND => Some(event.actor.clone()),
        UserDisabled::KIND | UserPasswordSet::KIND | UserSessionsEnded::KIND => {
            Some(Caller::User(UserId::from_uuid(id)))
        }
        ClientKeyReplaced::KIND | ClientRevoked::KIND => {
            Some(Caller::Client(ClientId::from_uuid(id)))
        }
        _ => None,
    }
}
