//! Tokens as strangers and attackers would write them, and keys that change under load.

mod refusals;
mod rotation;

use std::time::Duration;

use medcover_identity::{
    Grant, Issuer, KeyRecord, KeyRing, KeySchedule, KeyWindow, MasterSecret, SeededEntropy,
    SessionId, TokenId,
};
use medcover_kernel::{Caller, Purpose, Scopes, TenantId, Timestamp, UserId};
use uuid::Uuid;

const ISSUER: &str = "https://medcover.example";
const AUDIENCE: &str = "medcover";
const LIFE: Duration = Duration::from_mins(5);
const SCHEDULE: KeySchedule = KeySchedule {
    sign_for: Duration::from_hours(10),
    publish_ahead: Duration::from_hours(1),
};

fn now() -> Timestamp {
    Timestamp::from_micros(1_775_001_600_000_000)
}

fn grant() -> Grant {
    Grant {
        caller: Caller::User(UserId::from_uuid(Uuid::from_u128(7))),
        tenant: TenantId::from_uuid(Uuid::from_u128(3)),
        scopes: Scopes::of(["audit.read", "users.manage"]),
        purpose: Purpose::Treatment,
        session: Some(SessionId::from_uuid(Uuid::from_u128(9))),
    }
}

fn id(number: u128) -> TokenId {
    TokenId::from_uuid(Uuid::from_u128(number))
}

/// A ring of one key that signs from now on.
fn ring(seed: u64) -> KeyRing {
    let entropy = SeededEntropy::new(seed);
    let master = MasterSecret::generate(&entropy);
    let window = KeyWindow {
        not_before: now(),
        retire_at: now().plus(SCHEDULE.sign_for),
    };
    let record = KeyRecord::create(&master, window, &entropy);
    KeyRing::unlock(&[record], &master, LIFE).expect("its own secret")
}

fn issuer() -> Issuer {
    Issuer::new(ISSUER)
}
