//! What happens once however often it is asked for.

use std::sync::Arc;

use medcover_kernel::{Caller, EventId};
use serde_json::json;
use uuid::Uuid;

use super::Fixture;
use super::bank::{Accounts, Bank, TENANT, append, json_of, tenant};
use crate::{Answer, AnswerScope, Append, CommitError, StreamId, Version, is_handled, limits};

fn scope(key: &str) -> AnswerScope {
    AnswerScope {
        tenant: TENANT,
        caller: Caller::Operator,
        route: "POST /accounts".into(),
        key: key.parse().expect("a key"),
    }
}

fn answer(status: u16) -> Answer {
    Answer {
        fingerprint: [status as u8; 32],
        status,
        body: json_of(&json!({ "status": status })),
    }
}

/// Opens an account under a key.
fn open(bank: &Bank, key: &str, status: u16) -> Append {
    let opened = bank.event("account.opened", &json!({"owner": "Ada"}));
    append()
        .write(StreamId::new("account", bank.id()), Version::NONE, [opened])
        .project(&Accounts)
        .answer(scope(key), answer(status))
}

/// However many requests with one key run at the same time, one has its effect, and all find its answer.
pub async fn of_requests_with_one_key_one_has_an_effect(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    let tasks: Vec<_> = (0..16)
        .map(|number| {
            let append = open(&bank, "k", 200 + number);
            let store = Arc::clone(&bank.store);
            tokio::spawn(async move { (number, store.commit(append).await) })
        })
        .collect();
    let mut winner = None;
    for task in tasks {
        match task.await.expect("no panic") {
            (number, Ok(_)) => assert_eq!(winner.replace(number), None),
            (_, Err(CommitError::AnswerTaken)) => {}
            (_, Err(error)) => panic!("{error}"),
        }
    }
    let kept = bank.store.answer(&scope("k")).await.expect("readable");
    assert_eq!(kept, winner.map(|number| answer(200 + number)));
    assert_eq!(bank.store.head().borrow().get(), 1);
    // The key of another route, caller or tenant is another key.
    for other in [
        AnswerScope {
            route: "POST /other".into(),
            ..scope("k")
        },
        AnswerScope {
            caller: Caller::Anonymous,
            ..scope("k")
        },
        AnswerScope {
            tenant: tenant(1),
            ..scope("k")
        },
        scope("K"),
    ] {
        let found = bank.store.answer(&other).await;
        assert_eq!(found.expect("readable"), None);
    }
}

/// After its time an answer is gone, and its key free, whether or not anyone has cleared it away.
pub async fn an_answer_expires(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    bank.keep(open(&bank, "k", 201)).await;
    let before = std::time::Duration::from_micros(1);
    bank.clock
        .advance(limits::ANSWER_KEPT.saturating_sub(before));
    let taken = bank.store.commit(open(&bank, "k", 202)).await;
    assert!(matches!(taken, Err(CommitError::AnswerTaken)));
    bank.clock.advance(before);
    let found = bank.store.answer(&scope("k")).await;
    assert_eq!(found.expect("readable"), None);
    bank.keep(open(&bank, "k", 202)).await;
    let found = bank.store.answer(&scope("k")).await;
    assert_eq!(found.expect("readable"), Some(answer(202)));
}

/// Handlers that are given an event at the same time have its effect once.
pub async fn an_event_is_handled_once(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    let event = EventId::from_uuid(Uuid::from_u128(44));
    let tasks: Vec<_> = (0..12)
        .map(|number| {
            let consumer = ["billing", "letters"][number % 2];
            let effect = bank.event("account.opened", &json!({"owner": "Ada"}));
            let append = append()
                .write(StreamId::new("account", bank.id()), Version::NONE, [effect])
                .handled(consumer, event);
            let store = Arc::clone(&bank.store);
            tokio::spawn(async move { store.commit(append).await })
        })
        .collect();
    let mut effects = 0;
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(_) => effects += 1,
            Err(CommitError::AlreadyHandled { event: of, .. }) => assert_eq!(of, event),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(effects, 2);
    assert_eq!(bank.store.head().borrow().get(), 2);
    for (consumer, expected) in [("billing", true), ("letters", true), ("others", false)] {
        let known = is_handled(&*bank.store, append().context.tenant, consumer, event).await;
        assert_eq!(known.expect("readable"), expected, "{consumer}");
    }
}

/// Clearing away removes what is past its time and nothing else.
pub async fn what_is_out_of_date_is_removed(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    let event = |number| EventId::from_uuid(Uuid::from_u128(number));
    bank.keep(open(&bank, "old", 201).handled("c", event(1)))
        .await;
    bank.clock.advance(limits::INBOX_KEPT);
    bank.keep(open(&bank, "new", 202).handled("c", event(2)))
        .await;
    assert_eq!(bank.store.prune().await.expect("pruned"), 2);
    assert_eq!(bank.store.prune().await.expect("pruned"), 0);
    let found = bank.store.answer(&scope("new")).await;
    assert_eq!(found.expect("readable"), Some(answer(202)));
    bank.keep(append().handled("c", event(1))).await;
    let known = bank.store.commit(append().handled("c", event(2))).await;
    assert!(matches!(known, Err(CommitError::AlreadyHandled { .. })));
}
