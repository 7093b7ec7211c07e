//! A user: invited → active (now and then locked) | disabled.

use std::collections::BTreeSet;
use std::time::Duration;

use medcover_contract_auth::UserStatus;
use medcover_contract_auth::events::{
    UserDisabled, UserEnabled, UserInvited, UserLocked, UserPasswordSet, UserReinvited,
    UserRolesSet, UserSessionsEnded, UserSignInFailed, UserSignedIn, UserUnlocked,
};
use medcover_kernel::{Error, ErrorKind, Result, Timestamp};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

use super::lock::LockPolicy;

events! {
    /// What can happen to a user.
    pub(crate) UserEvent {
        Invited(UserInvited),
        Reinvited(UserReinvited),
        PasswordSet(UserPasswordSet),
        RolesSet(UserRolesSet),
        SignInFailed(UserSignInFailed),
        Locked(UserLocked),
        Unlocked(UserUnlocked),
        SignedIn(UserSignedIn),
        Disabled(UserDisabled),
        Enabled(UserEnabled),
        SessionsEnded(UserSessionsEnded),
    }
}

/// A user; without a name they do not exist.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) roles: BTreeSet<String>,
    /// The peppered hash of the password, once there is one.
    pub(crate) hash: Option<String>,
    pub(crate) disabled: bool,
    /// Wrong passwords in a row.
    failures: u32,
    pub(crate) locked_until: Option<Timestamp>,
    /// The number of the invitation that counts.
    pub(crate) invitation: u32,
    /// Until when that is good; `None` once it was accepted.
    invited_until: Option<Timestamp>,
    /// Sessions that began before are over.
    sessions_from: Option<Timestamp>,
}

/// What a sign-in came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Granted,
    WrongPassword,
    Locked,
    Disabled,
    NotActive,
}

impl Verdict {
    /// The name in the audit trail.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::WrongPassword => "wrong-password",
            Self::Locked => "locked",
            Self::Disabled => "disabled",
            Self::NotActive => "not-active",
        }
    }
}

impl Aggregate for User {
    const KIND: &'static str = "user";
    type Event = UserEvent;

    fn evolve(&mut self, event: &UserEvent, at: Timestamp) {
        match event {
            UserEvent::Invited(invited) => {
                self.name.clone_from(&invited.name);
                self.roles.clone_from(&invited.roles);
                self.invitation = 1;
                self.invited_until = Some(invited.expires_at);
            }
            UserEvent::Reinvited(reinvited) => {
                self.invitation += 1;
                self.invited_until = Some(reinvited.expires_at);
            }
            UserEvent::PasswordSet(set) => {
                self.hash = Some(set.hash.clone());
                self.invited_until = None;
                self.forget_failures();
                self.sessions_from = Some(at);
            }
            UserEvent::RolesSet(set) => self.roles.clone_from(&set.roles),
            UserEvent::SignInFailed(failed) => self.failures = failed.failures,
            UserEvent::Locked(locked) => self.locked_until = Some(locked.until),
            UserEvent::Unlocked(_) | UserEvent::SignedIn(_) => self.forget_failures(),
            UserEvent::Disabled(_) => {
                self.disabled = true;
                self.sessions_from = Some(at);
            }
            UserEvent::Enabled(_) => self.disabled = false,
            UserEvent::SessionsEnded(_) => self.sessions_from = Some(at),
        }
    }
}

impl User {
    fn forget_failures(&mut self) {
        self.failures = 0;
        self.locked_until = None;
    }

    pub(crate) fn exists(&self) -> bool {
        !self.name.is_empty()
    }

    pub(crate) fn status(&self, now: Timestamp) -> UserStatus {
        match () {
            () if self.disabled => UserStatus::Disabled,
            () if self.hash.is_none() => UserStatus::Invited,
            () if self.is_locked(now) => UserStatus::Locked,
            () => UserStatus::Active,
        }
    }

    fn is_locked(&self, now: Timestamp) -> bool {
        self.locked_until.is_some_and(|until| now < until)
    }

    /// Whether a session that began at `began` still counts.
    pub(crate) fn keeps_session_of(&self, began: Timestamp) -> bool {
        !self.disabled && self.hash.is_some() && self.sessions_from.is_none_or(|from| from < began)
    }

    /// What becomes of a sign-in, whose password was the right one if `fits`, and what happens to the user by it.
    /// During a lock nothing is counted, so that guessing neither prolongs it nor fills the log.
    pub(crate) fn sign_in(
        &self,
        fits: bool,
        now: Timestamp,
        policy: LockPolicy,
    ) -> (Verdict, Vec<UserEvent>) {
        match self.status(now) {
            UserStatus::Disabled => (Verdict::Disabled, Vec::new()),
            UserStatus::Invited => (Verdict::NotActive, Vec::new()),
            UserStatus::Locked => (Verdict::Locked, Vec::new()),
            UserStatus::Active if fits && self.failures == 0 => (Verdict::Granted, Vec::new()),
            UserStatus::Active if fits => (Verdict::Granted, vec![UserSignedIn {}.into()]),
            UserStatus::Active => (Verdict::WrongPassword, self.failed(now, policy)),
        }
    }

    /// What one more wrong password does.
    fn failed(&self, now: Timestamp, policy: LockPolicy) -> Vec<UserEvent> {
        let failures = self.failures.saturating_add(1);
        let failed = UserSignInFailed { failures }.into();
        let locked = policy.until(failures, now);
        let locked = locked.map(|until| UserLocked { until }.into());
        std::iter::once(failed).chain(locked).collect()
    }

    /// A new invitation. For an active user it is a way to a new password, and the old one counts until then.
    pub(crate) fn reinvite(&self, now: Timestamp, life: Duration) -> Result<UserEvent> {
        if self.disabled {
            return Err(conflict(
                "A disabled user cannot be invited; enable them first.",
            ));
        }
        let expires_at = now.plus(life);
        Ok(UserReinvited { expires_at }.into())
    }

    /// Whether the invitation of this number is good at `now`.
    pub(crate) fn check_invitation(&self, number: u32, now: Timestamp) -> Result<()> {
        let good = self.exists()
            && !self.disabled
            && number == self.invitation
            && self.invited_until.is_some_and(|until| now < until);
        if good {
            return Ok(());
        }
        Err(Error::unauthenticated(
            "The invitation has expired, was accepted, or was replaced by a newer one.",
        ))
    }

    /// What it takes for the user to be disabled; nothing if they are.
    pub(crate) fn disable(&self) -> Option<UserEvent> {
        (!self.disabled).then(|| UserDisabled {}.into())
    }

    /// What it takes for the user to be enabled; nothing if they are.
    pub(crate) fn enable(&self) -> Option<UserEvent> {
        self.disabled.then(|| UserEnabled {}.into())
    }

    /// What it takes for the user not to be locked; nothing if they are not, and no wrong password counts.
    pub(crate) fn unlock(&self) -> Option<UserEvent> {
        let counts = self.failures > 0 || self.locked_until.is_some();
        counts.then(|| UserUnlocked {}.into())
    }
}

fn conflict(message: &'static str) -> Error {
    Error::new(ErrorKind::Conflict, "conflict", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const POLICY: LockPolicy = LockPolicy {
        threshold: 3,
        first: Duration::from_secs(30),
        longest: Duration::from_mins(2),
    };

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_micros(0).plus(Duration::from_secs(seconds))
    }

    fn active() -> User {
        let mut user = User::default();
        let invited = UserInvited {
            name: "maria".to_owned(),
            roles: BTreeSet::new(),
            expires_at: at(100),
        };
        user.evolve(&invited.into(), at(0));
        let hash = "h".to_owned();
        user.evolve(&UserPasswordSet { hash }.into(), at(1));
        user
    }

    fn try_sign_in(user: &mut User, fits: bool, now: Timestamp) -> Verdict {
        let (verdict, events) = user.sign_in(fits, now, POLICY);
        for event in events {
            user.evolve(&event, now);
        }
        verdict
    }

    #[test]
    fn wrong_passwords_lock_and_the_right_one_forgets_them() {
        let mut user = active();
        for _ in 0..2 {
            assert_eq!(
                try_sign_in(&mut user, false, at(10)),
                Verdict::WrongPassword
            );
        }
        assert_eq!(user.status(at(10)), UserStatus::Active);
        assert_eq!(
            try_sign_in(&mut user, false, at(10)),
            Verdict::WrongPassword
        );
        assert_eq!(user.status(at(39)), UserStatus::Locked);
        assert_eq!(try_sign_in(&mut user, true, at(39)), Verdict::Locked);
        assert_eq!(try_sign_in(&mut user, true, at(40)), Verdict::Granted);
        assert_eq!(
            try_sign_in(&mut user, false, at(41)),
            Verdict::WrongPassword
        );
        assert_eq!(user.status(at(41)), UserStatus::Active);
    }

    #[test]
    fn an_invitation_is_good_once_until_it_expires_or_is_replaced() {
        let mut user = active();
        assert!(user.check_invitation(1, at(2)).is_err(), "it was accepted");
        let again = user
            .reinvite(at(5), Duration::from_secs(50))
            .expect("they are not disabled");
        user.evolve(&again, at(5));
        assert!(user.check_invitation(1, at(6)).is_err(), "it was replaced");
        assert!(user.check_invitation(2, at(54)).is_ok());
        assert!(user.check_invitation(2, at(55)).is_err(), "it has expired");
        user.evolve(&UserDisabled {}.into(), at(6));
        assert!(
            user.check_invitation(2, at(7)).is_err(),
            "they are disabled"
        );
        assert!(user.reinvite(at(7), Duration::from_secs(1)).is_err());
        assert!(
            User::default().check_invitation(0, at(0)).is_err(),
            "there is nobody"
        );
    }

    #[test]
    fn sessions_end_with_password_disabling_and_by_word() {
        let mut user = active();
        assert!(user.keeps_session_of(at(2)));
        assert!(!user.keeps_session_of(at(1)), "before the password was set");
        user.evolve(&UserSessionsEnded {}.into(), at(10));
        assert!(!user.keeps_session_of(at(9)) && user.keeps_session_of(at(11)));
        user.evolve(&UserDisabled {}.into(), at(20));
        assert!(!user.keeps_session_of(at(21)));
        user.evolve(&UserEnabled {}.into(), at(30));
        assert!(!user.keeps_session_of(at(19)) && user.keeps_session_of(at(31)));
    }

    proptest! {
        /// Whatever is tried, within any stretch of time no more passwords are looked at than the policy allows.
        #[test]
        fn guesses_are_bounded(waits in proptest::collection::vec(0_u64..200, 1..60)) {
            let mut user = active();
            let (mut now, mut looked_at) = (10, 0_u64);
            for wait in waits {
                now += wait;
                if try_sign_in(&mut user, false, at(now)) == Verdict::WrongPassword {
                    looked_at += 1;
                }
            }
            // Three for nothing, then one for every thirty seconds at best.
            prop_assert!(looked_at <= 3 + (now - 10) / 30, "{looked_at} in {now}");
        }

        #[test]
        fn a_snapshot_is_the_state(failures in 0_usize..10) {
            let mut user = active();
            for _ in 0..failures {
                try_sign_in(&mut user, false, at(10));
            }
            let kept = serde_json::to_string(&user).expect("text");
            prop_assert_eq!(serde_json::from_str::<User>(&kept).expect("a user"), user);
        }
    }
}
