//! What every request asks for, kept in memory: the signing keys, what has ended lately, the clients in use.
//!
//! A token holds by its signature alone, so that no request waits for the store. What has ended before its time is
//! remembered for as long as a token may live, and forgotten then. This process applies its own commits at once; the
//! [`Follower`](crate::Follower) brings those of others.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use medcover_contract_auth::events::{
    BreakGlassEnded, ClientKeyReplaced, ClientRevoked, SessionEnded, SigningKeyMade, UserDisabled,
    UserPasswordSet, UserSessionsEnded,
};
use medcover_identity::{KeyRecord, KeyRing, MasterSecret, Verified};
use medcover_kernel::{Caller, ClientId, Timestamp};
use medcover_store::{Event, EventPayload as _};
use uuid::Uuid;

use crate::domain::client::Client;

/// Clients kept at most; beyond that the store is asked for each request of the others.
const CLIENTS: usize = 10_000;
/// Clocks of processes may differ by so much.
const SKEW: Duration = Duration::from_mins(2);

pub(crate) struct Live {
    master: MasterSecret,
    longest_token: Duration,
    ring: ArcSwap<KeyRing>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    keys: Vec<KeyRecord>,
    /// Sessions and emergencies that ended, by when it may be forgotten.
    ended: HashMap<Uuid, Timestamp>,
    /// Users whose sessions ended: those that began by then.
    users: HashMap<Uuid, Timestamp>,
    clients: HashMap<ClientId, Arc<Client>>,
}

impl Live {
    pub(crate) fn new(master: MasterSecret, longest_token: Duration) -> Self {
        let empty =
            KeyRing::unlock(&[], &master, longest_token).expect("there is nothing to unlock");
        Self {
            master,
            longest_token,
            ring: ArcSwap::from_pointee(empty),
            state: Mutex::default(),
        }
    }

    /// How far back an end still matters.
    pub(crate) fn remembered(&self) -> Duration {
        self.longest_token + SKEW
    }

    pub(crate) fn ring(&self) -> Arc<KeyRing> {
        self.ring.load_full()
    }

    /// Takes note of `event`, which happened here or elsewhere, now or before; twice is as good as once.
    pub(crate) fn apply(&self, event: &Event, now: Timestamp) {
        let (id, at) = (event.stream.id, event.occurred_at);
        match &*event.kind {
            SessionEnded::KIND | BreakGlassEnded::KIND => self.ended(id, at, now),
            UserDisabled::KIND | UserPasswordSet::KIND | UserSessionsEnded::KIND => {
                self.user_ended(id, at, now);
            }
            ClientKeyReplaced::KIND | ClientRevoked::KIND => {
                self.forget_client(ClientId::from_uuid(id));
            }
            SigningKeyMade::KIND => match event.payload.read::<SigningKeyMade>() {
                Ok(made) => self.add_keys([made.key], now),
                Err(error) => tracing::error!(cause = %error, "a signing key cannot be read"),
            },
            _ => {}
        }
    }

    fn ended(&self, id: Uuid, at: Timestamp, now: Timestamp) {
        let mut state = self.state();
        prune(&mut state.ended, |until| now < *until);
        state.ended.insert(id, at.plus(self.remembered()));
    }

    fn user_ended(&self, id: Uuid, at: Timestamp, now: Timestamp) {
        let remembered = self.remembered();
        let mut state = self.state();
        prune(&mut state.users, |at| now < at.plus(remembered));
        let latest = state.users.entry(id).or_insert(at);
        *latest = at.max(*latest);
    }

    /// Adds keys that are not known yet. One made with another master secret is left out, loudly: others may use it.
    pub(crate) fn add_keys(&self, keys: impl IntoIterator<Item = KeyRecord>, now: Timestamp) {
        let mut state = self.state();
        for key in keys {
            let known = state.keys.iter().any(|known| known.kid == key.kid);
            let lives = now < key.window.retire_at.plus(self.remembered());
            if known || !lives {
                continue;
            }
            match KeyRing::unlock(std::slice::from_ref(&key), &self.master, self.longest_token) {
                Ok(_) => state.keys.push(key),
                Err(locked) => tracing::error!(cause = %locked, "a signing key cannot be used"),
            }
        }
        let ring = KeyRing::unlock(&state.keys, &self.master, self.longest_token);
        self.ring
            .store(Arc::new(ring.expect("each key was unlocked before")));
    }

    /// Whether nothing has ended that the token follows from.
    pub(crate) fn holds(&self, token: &Verified) -> bool {
        let Some(session) = token.grant.session.map(|session| session.as_uuid()) else {
            return true;
        };
        let state = self.state();
        if state.ended.contains_key(&session) {
            return false;
        }
        let Caller::User(user) = token.grant.caller else {
            return true;
        };
        let ended = state.users.get(&user.as_uuid());
        // The id of a session tells the millisecond in which it began.
        ended.is_none_or(|at| at.as_micros() / 1_000 < began_ms(session))
    }

    pub(crate) fn client(&self, id: ClientId) -> Option<Arc<Client>> {
        self.state().clients.get(&id).cloned()
    }

    pub(crate) fn keep_client(&self, id: ClientId, client: Arc<Client>) {
        let mut state = self.state();
        if state.clients.len() < CLIENTS {
            state.clients.insert(id, client);
        }
    }

    fn forget_client(&self, id: ClientId) {
        self.state().clients.remove(&id);
    }

    /// No code runs under the lock that could leave it half changed.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Drops what need not be remembered, now and then.
fn prune<K: Eq + Hash, V>(map: &mut HashMap<K, V>, mut keep: impl FnMut(&V) -> bool) {
    const EVERY: usize = 1_024;
    if map.len() % EVERY == EVERY - 1 {
        map.retain(|_, value| keep(value));
    }
}

fn began_ms(session: Uuid) -> i64 {
    let (seconds, nanos) = session.get_timestamp().map_or((0, 0), |at| at.to_unix());
    i64::try_from(seconds)
        .unwrap_or(i64::MAX)
        .saturating_mul(1_000)
        + i64::from(nanos / 1_000_000)
}
