//! What happens to whom. No event holds a secret: of a password the peppered hash, of an API key its hash, of a signing
//! key what is public; and none holds personal data beyond the name that somebody signs in with.

mod break_glass;
mod client;
mod role;
mod session;
mod signing_key;
mod tenant;
mod user;

pub use break_glass::{BreakGlassEnded, BreakGlassOpened, BreakGlassReviewed};
pub use client::{ClientCreated, ClientKeyReplaced, ClientRevoked};
pub use role::{RoleRemoved, RoleSet};
pub use session::{EndReason, SessionEnded, SessionRefreshed, SessionStarted};
pub use signing_key::SigningKeyMade;
pub use tenant::{TenantCreated, TenantNameTaken};
pub use user::{
    UserDisabled, UserEnabled, UserInvited, UserLocked, UserNameTaken, UserPasswordSet,
    UserReinvited, UserRolesSet, UserSessionsEnded, UserSignInFailed, UserSignedIn, UserUnlocked,
};

use medcover_store::EventExample;

/// Every kind of event of the service, with an example.
pub fn examples() -> Vec<EventExample> {
    vec![
        TenantNameTaken::described(),
        TenantCreated::described(),
        UserNameTaken::described(),
        UserInvited::described(),
        UserReinvited::described(),
        UserPasswordSet::described(),
        UserRolesSet::described(),
        UserSignInFailed::described(),
        UserLocked::described(),
        UserUnlocked::described(),
        UserSignedIn::described(),
        UserDisabled::described(),
        UserEnabled::described(),
        UserSessionsEnded::described(),
        RoleSet::described(),
        RoleRemoved::described(),
        ClientCreated::described(),
        ClientKeyReplaced::described(),
        ClientRevoked::described(),
        SessionStarted::described(),
        SessionRefreshed::described(),
        SessionEnded::described(),
        SigningKeyMade::described(),
        BreakGlassOpened::described(),
        BreakGlassEnded::described(),
        BreakGlassReviewed::described(),
    ]
}

/// The ids and moments of examples.
mod sample {
    use medcover_kernel::{TenantId, Timestamp, UserId};
    use uuid::Uuid;

    pub(super) const MOMENT: Timestamp = Timestamp::from_micros(1_775_001_600_000_000);
    pub(super) const TENANT: TenantId = TenantId::from_uuid(Uuid::from_u128(3));
    pub(super) const USER: UserId = UserId::from_uuid(Uuid::from_u128(7));

    pub(super) fn names<T: FromIterator<String>>(names: &[&str]) -> T {
        names.iter().map(|name| (*name).to_owned()).collect()
    }
}
