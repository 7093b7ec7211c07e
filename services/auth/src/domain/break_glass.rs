//! An emergency: opened → ended → reviewed by somebody else.

use medcover_contract_auth::events::{BreakGlassEnded, BreakGlassOpened, BreakGlassReviewed};
use medcover_contract_auth::{BreakGlassState, MAX_REASON_CHARS, MIN_REASON_CHARS};
use medcover_kernel::{Caller, Error, ErrorKind, Result, Timestamp, UserId};
use medcover_store::{Aggregate, events};
use serde::{Deserialize, Serialize};

events! {
    /// What can happen to an emergency.
    pub(crate) BreakGlassEvent { Opened(BreakGlassOpened), Ended(BreakGlassEnded), Reviewed(BreakGlassReviewed), }
}

/// An emergency; without a user there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BreakGlass {
    pub(crate) user: Option<UserId>,
    pub(crate) reason: String,
    pub(crate) opened_at: Option<Timestamp>,
    pub(crate) ends_at: Option<Timestamp>,
    pub(crate) note: Option<String>,
}

impl Aggregate for BreakGlass {
    const KIND: &'static str = "break-glass";
    type Event = BreakGlassEvent;

    fn evolve(&mut self, event: &BreakGlassEvent, at: Timestamp) {
        match event {
            BreakGlassEvent::Opened(opened) => {
                self.user = Some(opened.user);
                self.reason.clone_from(&opened.reason);
                self.opened_at = Some(at);
                self.ends_at = Some(opened.expires_at);
            }
            BreakGlassEvent::Ended(_) => self.ends_at = Some(at),
            BreakGlassEvent::Reviewed(reviewed) => self.note = Some(reviewed.note.clone()),
        }
    }
}

impl BreakGlass {
    pub(crate) fn state(&self, now: Timestamp) -> BreakGlassState {
        match () {
            () if self.note.is_some() => BreakGlassState::Reviewed,
            () if self.ends_at.is_some_and(|at| now < at) => BreakGlassState::Open,
            () => BreakGlassState::Ended,
        }
    }

    /// Whether `caller` declared it.
    pub(crate) fn is_of(&self, caller: &Caller) -> bool {
        self.user.is_some_and(|user| *caller == Caller::User(user))
    }

    /// What it takes for it to be over; nothing if it is.
    pub(crate) fn end(&self, now: Timestamp) -> Option<BreakGlassEvent> {
        (self.state(now) == BreakGlassState::Open).then(|| BreakGlassEnded {}.into())
    }

    /// The review by `caller`, who must be somebody else, once it is over.
    pub(crate) fn review(
        &self,
        caller: &Caller,
        note: String,
        now: Timestamp,
    ) -> Result<BreakGlassEvent> {
        if self.is_of(caller) {
            return Err(Error::new(
                ErrorKind::Forbidden,
                "forbidden",
                "Somebody else must review an emergency.",
            ));
        }
        match self.state(now) {
            BreakGlassState::Open => Err(conflict("The emergency is not over yet.")),
            BreakGlassState::Reviewed => Err(conflict("The emergency has been reviewed.")),
            BreakGlassState::Ended => Ok(BreakGlassReviewed { note }.into()),
        }
    }
}

fn conflict(message: &'static str) -> Error {
    Error::new(ErrorKind::Conflict, "conflict", message)
}

/// A reason or note that says something, as it is kept.
pub(crate) fn explanation(pointer: &'static str, given: &str) -> Result<String> {
    let text = given.trim();
    if (MIN_REASON_CHARS..=MAX_REASON_CHARS).contains(&text.chars().count()) {
        return Ok(text.to_owned());
    }
    let detail = format!("must be {MIN_REASON_CHARS} to {MAX_REASON_CHARS} characters");
    Err(Error::invalid(pointer, detail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn user(number: u128) -> UserId {
        UserId::from_uuid(uuid::Uuid::from_u128(number))
    }

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    fn opened() -> BreakGlass {
        let opened = BreakGlassOpened {
            user: user(1),
            reason: "unconscious, allergies unknown".to_owned(),
            permissions: BTreeSet::new(),
            expires_at: at(100),
        };
        let mut grant = BreakGlass::default();
        grant.evolve(&opened.into(), at(0));
        grant
    }

    #[test]
    fn it_ends_by_itself_or_by_word() {
        let mut grant = opened();
        assert_eq!(grant.state(at(99)), BreakGlassState::Open);
        assert_eq!(grant.state(at(100)), BreakGlassState::Ended);
        assert_eq!(grant.end(at(100)), None);
        let ended = grant.end(at(10)).expect("it was open");
        grant.evolve(&ended, at(10));
        assert_eq!(grant.state(at(11)), BreakGlassState::Ended);
    }

    #[test]
    fn somebody_else_reviews_it_once_when_it_is_over() {
        let mut grant = opened();
        let (own, other) = (Caller::User(user(1)), Caller::User(user(2)));
        let refused = |grant: &BreakGlass, caller, now| {
            let answer = grant.review(caller, "looked at".to_owned(), at(now));
            answer.err().map(|error| error.kind())
        };
        assert_eq!(refused(&grant, &own, 200), Some(ErrorKind::Forbidden));
        assert_eq!(refused(&grant, &other, 50), Some(ErrorKind::Conflict));
        let review = grant
            .review(&other, "looked at".to_owned(), at(200))
            .expect("it is over");
        grant.evolve(&review, at(200));
        assert_eq!(refused(&grant, &other, 300), Some(ErrorKind::Conflict));
    }

    #[test]
    fn a_word_is_no_reason() {
        assert!(explanation("/reason", "  urgent   ").is_err());
        assert!(explanation("/reason", &"x".repeat(501)).is_err());
        assert_eq!(
            explanation("/reason", " patient unconscious ")
                .ok()
                .as_deref(),
            Some("patient unconscious")
        );
    }
}
