//! A session: the row of refresh tokens that follows from one sign-in.

use medcover_contract_auth::events::{EndReason, SessionEnded, SessionRefreshed, SessionStarted};
use medcover_kernel::{Timestamp, UserId};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

events! {
    /// What can happen to a session.
    pub(crate) SessionEvent { Started(SessionStarted), Refreshed(SessionRefreshed), Ended(SessionEnded), }
}

/// A session; without a user it does not exist.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) user: Option<UserId>,
    pub(crate) began: Option<Timestamp>,
    pub(crate) expires_at: Option<Timestamp>,
    /// The number of the refresh token that is good.
    pub(crate) number: u32,
    ended: bool,
}

/// What becomes of a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refresh {
    /// It was good, and the next one is good now.
    Next(SessionEvent),
    /// It was used before: the session ends.
    Reused(SessionEvent),
    /// There is no such session, or it is over.
    Over,
}

impl Aggregate for Session {
    const KIND: &'static str = "session";
    type Event = SessionEvent;

    fn evolve(&mut self, event: &SessionEvent, at: Timestamp) {
        match event {
            SessionEvent::Started(started) => {
                self.user = Some(started.user);
                self.began = Some(at);
                self.expires_at = Some(started.expires_at);
            }
            SessionEvent::Refreshed(refreshed) => self.number = refreshed.number,
            SessionEvent::Ended(_) => self.ended = true,
        }
    }
}

impl Session {
    fn is_open(&self, now: Timestamp) -> bool {
        !self.ended && self.expires_at.is_some_and(|at| now < at)
    }

    /// What becomes of the refresh token of this number.
    pub(crate) fn refresh(&self, number: u32, now: Timestamp) -> Refresh {
        if !self.is_open(now) || number > self.number {
            return Refresh::Over;
        }
        if number < self.number {
            let reason = EndReason::Reuse;
            return Refresh::Reused(SessionEnded { reason }.into());
        }
        match number.checked_add(1) {
            Some(number) => Refresh::Next(SessionRefreshed { number }.into()),
            None => Refresh::Over,
        }
    }

    /// What it takes for the session to be over; nothing if it is.
    pub(crate) fn sign_out(&self, now: Timestamp) -> Option<SessionEvent> {
        let reason = EndReason::SignedOut;
        self.is_open(now).then(|| SessionEnded { reason }.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_micros(0).plus(Duration::from_secs(seconds))
    }

    fn session() -> Session {
        let started = SessionStarted {
            user: UserId::from_uuid(uuid::Uuid::from_u128(7)),
            expires_at: at(1_000),
        };
        let mut session = Session::default();
        session.evolve(&started.into(), at(0));
        session
    }

    #[test]
    fn a_session_is_over_at_its_end_and_when_signed_out() {
        let mut session = session();
        assert!(matches!(session.refresh(0, at(999)), Refresh::Next(_)));
        assert_eq!(session.refresh(0, at(1_000)), Refresh::Over);
        assert_eq!(
            session.refresh(1, at(1)),
            Refresh::Over,
            "no such token was issued"
        );
        let ended = session.sign_out(at(1)).expect("it was open");
        session.evolve(&ended, at(1));
        assert_eq!(session.refresh(0, at(2)), Refresh::Over);
        assert_eq!(session.sign_out(at(2)), None);
        assert_eq!(Session::default().refresh(0, at(0)), Refresh::Over);
    }

    proptest! {
        /// Tokens are shown in any order and number. Each is exchanged at most once, and the first that is shown again
        /// ends everything.
        #[test]
        fn each_token_is_exchanged_once_and_reuse_ends_the_session(shown in proptest::collection::vec(0_u32..12, 1..60)) {
            let mut session = session();
            let mut exchanged = Vec::new();
            let mut over = false;
            for number in shown {
                let before = session.clone();
                match session.refresh(number, at(1)) {
                    Refresh::Next(event) => {
                        prop_assert!(!over && !exchanged.contains(&number));
                        exchanged.push(number);
                        session.evolve(&event, at(1));
                    }
                    Refresh::Reused(event) => {
                        prop_assert!(!over && exchanged.contains(&number));
                        over = true;
                        session.evolve(&event, at(1));
                    }
                    Refresh::Over => prop_assert!(over || number > before.number),
                }
            }
            prop_assert_eq!(exchanged.len(), session.number as usize);
        }
    }
}
