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

/// Makes the payload of one kind of event.
macro_rules! event {
    ($(#[$doc:meta])* $name:ident = $kind:literal, $schema:literal { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
        }

        impl medcover_store::EventPayload for $name {
            const KIND: &'static str = $kind;
            const SCHEMA: u16 = $schema;
        }
    };
}
use event;
