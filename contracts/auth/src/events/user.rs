//! A user: `user/<id>`, and the key stream of their name.

use std::collections::BTreeSet;

use medcover_kernel::{Timestamp, UserId};

use super::sample::{MOMENT, USER, names};
use medcover_store::event;

event! {
    /// Somebody has the name now; the stream is that of the name.
    pub UserNameTaken = "user-name.taken", 1 {
        /// Who.
        user: UserId = USER,
    }
}
event! {
    /// A user was made and invited.
    pub UserInvited = "user.invited", 1 {
        /// The name to sign in with.
        name: String = "maria.rossi".to_owned(),
        /// The first roles.
        roles: BTreeSet<String> = names(&["nurse"]),
        /// Until when the invitation, number 1, is good.
        expires_at: Timestamp = MOMENT,
    }
}
event! {
    /// A new invitation was made; those before it are good no more.
    pub UserReinvited = "user.reinvited", 1 {
        /// Until when it is good.
        expires_at: Timestamp = MOMENT,
    }
}
event! {
    /// The user has a password now, and is active. Sessions that began before have ended.
    pub UserPasswordSet = "user.password-set", 1 {
        /// Its hash, peppered, in the PHC form.
        hash: String = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".to_owned(),
    }
}
event! {
    /// The user has these roles and no others.
    pub UserRolesSet = "user.roles-set", 1 {
        /// The roles.
        roles: BTreeSet<String> = names(&["nurse"]),
    }
}
event! {
    /// A wrong password was given.
    pub UserSignInFailed = "user.sign-in-failed", 1 {
        /// How many in a row.
        failures: u32 = 5,
    }
}
event! {
    /// Too many wrong passwords were given.
    pub UserLocked = "user.locked", 1 {
        /// Until when no password is taken.
        until: Timestamp = MOMENT,
    }
}
event! {
    /// Somebody ended the lock.
    pub UserUnlocked = "user.unlocked", 1 {}
}
event! {
    /// The right password was given after wrong ones; they count no more.
    pub UserSignedIn = "user.signed-in", 1 {}
}
event! {
    /// The user may not sign in. All sessions have ended.
    pub UserDisabled = "user.disabled", 1 {}
}
event! {
    /// The user may sign in again.
    pub UserEnabled = "user.enabled", 1 {}
}
event! {
    /// All sessions of the user have ended.
    pub UserSessionsEnded = "user.sessions-ended", 1 {}
}
