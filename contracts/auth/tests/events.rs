//! The events of every schema there ever was, as they stand in logs.

use std::collections::BTreeMap;

use medcover_contract_auth::events::{self, EventExample};
use medcover_store::{CanonicalJson, EventPayload};

/// `kind schema payload`, a line each. Lines are added, never changed: logs hold events of each.
const GOLDEN: &str = include_str!("golden/events.txt");

fn line(example: &EventExample) -> String {
    format!("{} {} {}", example.kind, example.schema, example.payload)
}

#[test]
fn every_kind_stands_in_the_golden_file_as_it_is_written_today() {
    let missing: Vec<_> = events::examples()
        .iter()
        .map(line)
        .filter(|line| !GOLDEN.lines().any(|golden| golden == line))
        .collect();
    assert!(
        missing.is_empty(),
        "add to the golden file:\n{}",
        missing.join("\n")
    );
}

#[test]
fn every_golden_event_is_read_and_written_as_it_stands() {
    fn replay<E: EventPayload>(payload: &CanonicalJson) -> CanonicalJson {
        let read: E = payload.read().expect("an event of this kind");
        CanonicalJson::of(&read).expect("canonical")
    }
    macro_rules! readers {
        ($($event:ident,)+) => {
            BTreeMap::from([$((
                <events::$event as EventPayload>::KIND,
                replay::<events::$event> as fn(&CanonicalJson) -> CanonicalJson,
            ),)+])
        };
    }
    let readers = readers! {
        TenantNameTaken, TenantCreated, UserNameTaken, UserInvited, UserReinvited, UserPasswordSet, UserRolesSet,
        UserSignInFailed, UserLocked, UserUnlocked, UserSignedIn, UserDisabled, UserEnabled, UserSessionsEnded, RoleSet,
        RoleRemoved, ClientCreated, ClientKeyReplaced, ClientRevoked, SessionStarted, SessionRefreshed, SessionEnded,
        SigningKeyMade, BreakGlassOpened, BreakGlassEnded, BreakGlassReviewed,
    };
    assert_eq!(readers.len(), events::examples().len());
    for golden in GOLDEN.lines() {
        let mut parts = golden.splitn(3, ' ');
        let (kind, schema) = (
            parts.next().expect("a kind"),
            parts.next().expect("a schema"),
        );
        let payload = CanonicalJson::check(parts.next().expect("a payload")).expect("canonical");
        assert_eq!(schema, "1", "an older schema is brought up first");
        assert_eq!(readers[kind](&payload), payload, "{kind}");
    }
}
