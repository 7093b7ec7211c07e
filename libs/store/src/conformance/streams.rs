//! Streams, and what commits at the same time do to each other.

use std::sync::Arc;

use medcover_kernel::EventId;
use serde_json::json;
use uuid::Uuid;

use super::Fixture;
use super::bank::{Bank, TENANT, append, context, json_of, schema, tenant};
use crate::{
    Append, CanonicalJson, CommitError, NewEvent, Position, Snapshot, StoreError, StreamId,
    Upcaster, Version, limits,
};

/// Whoever states another version than the stream has learns both.
pub async fn a_stream_goes_on_only_from_its_version(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    let account = bank.opened(TENANT, "Ada").await;
    for stated in [0, 2, 9] {
        let event = bank.event("account.moved", &json!({"amount": 1}));
        let append = append().write(account.clone(), Version::new(stated), [event]);
        match bank.store.commit(append).await {
            Err(CommitError::Conflict {
                stream,
                expected,
                found,
            }) => {
                assert_eq!(stream, account);
                assert_eq!((expected, found), (Version::new(stated), Version::new(1)));
            }
            other => panic!("at {stated}: {other:?}"),
        }
    }
    bank.moved(TENANT, &account, 5).await;
    let later = bank.store.load(TENANT, &account, Version::new(1)).await;
    let later = later.expect("events");
    assert_eq!(later.len(), 1);
    assert_eq!(later[0].event.version, Version::new(2));
    assert_eq!(bank.version(TENANT, &account).await, Version::new(2));
}

/// A decision that only looked at a stream falls with it.
pub async fn what_a_decision_relied_on_is_checked_too(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    let looked_at = bank.opened(TENANT, "Ada").await;
    let written = bank.opened(TENANT, "Bob").await;
    let seen = bank.version(TENANT, &looked_at).await;
    bank.moved(TENANT, &looked_at, 1).await;
    let decide = |seen| {
        let event = bank.event("account.moved", &json!({"amount": 1}));
        append()
            .read(looked_at.clone(), seen)
            .write(written.clone(), Version::new(1), [event])
    };
    let refused = bank.store.commit(decide(seen)).await;
    assert!(refused.expect_err("it conflicts").is_conflict());
    bank.keep(decide(Version::new(2))).await;
}

/// Tasks that load, decide and commit at the same time, again after a conflict, lose none of their updates.
pub async fn no_update_is_lost(fixture: &dyn Fixture) {
    const TASKS: i64 = 8;
    const EACH: i64 = 12;
    let bank = Bank::open(fixture).await;
    let account = bank.opened(TENANT, "Ada").await;
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let (bank, account) = (Arc::clone(&bank), account.clone());
            tokio::spawn(async move {
                for _ in 0..EACH {
                    while let Err(error) = increment(&bank, &account).await {
                        assert!(error.is_conflict(), "{error}");
                        tokio::task::yield_now().await;
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    let row = bank.account(&account).await.expect("the row");
    assert_eq!(row.get("balance").as_integer(), Some(&(TASKS * EACH)));
    let events = bank.store.load(TENANT, &account, Version::NONE).await;
    let events = events.expect("events");
    let sums: Vec<i64> = events[1..]
        .iter()
        .map(|it| sum(&it.event.payload))
        .collect();
    assert_eq!(sums, (1..=TASKS * EACH).collect::<Vec<_>>());
}

/// Decides on the whole history: the event says what the sum has become.
async fn increment(bank: &Bank, account: &StreamId) -> Result<(), CommitError> {
    let history = bank.store.load(TENANT, account, Version::NONE).await?;
    let version = history.last().map_or(Version::NONE, |it| it.event.version);
    let sum = history.last().map_or(0, |it| sum(&it.event.payload)) + 1;
    let moved = bank.event("account.moved", &json!({"amount": 1, "sum": sum}));
    let append = append()
        .write(account.clone(), version, [moved])
        .project(&super::bank::Accounts);
    bank.store.commit(append).await.map(drop)
}

fn sum(payload: &CanonicalJson) -> i64 {
    let payload: serde_json::Value = payload.read().expect("JSON");
    payload["sum"].as_i64().unwrap_or_default()
}

/// Of all who want a key at the same time, one gets it.
pub async fn a_key_is_taken_once(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    for round in 0..4 {
        let key = StreamId::of_key("number", &["2026", &round.to_string()]);
        let tasks: Vec<_> = (0..16)
            .map(|_| {
                let event = bank.event("number.taken", &json!({}));
                let append = append().write(key.clone(), Version::NONE, [event]);
                let store = Arc::clone(&bank.store);
                tokio::spawn(async move { store.commit(append).await })
            })
            .collect();
        let mut winners = 0;
        for task in tasks {
            match task.await.expect("no panic") {
                Ok(_) => winners += 1,
                Err(error) => assert!(error.is_conflict(), "{error}"),
            }
        }
        assert_eq!(winners, 1);
        assert_eq!(bank.version(TENANT, &key).await, Version::new(1));
    }
}

/// Two decisions that each rely on what the other writes are not both kept (write skew).
pub async fn two_that_rely_on_each_other_cannot_both_write(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    for _ in 0..20 {
        let one = bank.opened(TENANT, "Ada").await;
        let other = bank.opened(TENANT, "Bob").await;
        let decide = |read: &StreamId, write: &StreamId| {
            let event = bank.event("account.moved", &json!({"amount": -1}));
            let append = append().read(read.clone(), Version::new(1)).write(
                write.clone(),
                Version::new(1),
                [event],
            );
            let store = Arc::clone(&bank.store);
            tokio::spawn(async move { store.commit(append).await })
        };
        let (first, second) = (decide(&one, &other), decide(&other, &one));
        let outcomes = [first.await, second.await];
        let kept = outcomes.iter().filter(|it| matches!(it, Ok(Ok(_))));
        assert_eq!(kept.count(), 1);
    }
}

/// Whoever follows the log while others write sees every position once, in order.
pub async fn the_log_has_no_gaps_for_one_who_follows_it(fixture: &dyn Fixture) {
    const WRITERS: u64 = 6;
    const EACH: u64 = 20;
    let bank = Bank::open(fixture).await;
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let bank = Arc::clone(&bank);
            tokio::spawn(async move {
                let tenant = tenant(u128::from(writer % 3));
                let account = bank.opened(tenant, "Ada").await;
                for _ in 1..EACH {
                    bank.moved(tenant, &account, 1).await;
                }
            })
        })
        .collect();
    let mut head = bank.store.head();
    let mut seen = Position::NONE;
    while seen < Position::new(WRITERS * EACH) {
        let page = bank.store.read_log(seen, 7).await.expect("the log");
        if page.is_empty() && *head.borrow_and_update() <= seen {
            head.changed().await.expect("the store is open");
        }
        for recorded in page {
            assert_eq!(recorded.position, seen.plus(1));
            seen = recorded.position;
        }
    }
    for writer in writers {
        writer.await.expect("no panic");
    }
    let rest = bank.store.read_log(seen, 10).await;
    assert_eq!(rest.expect("the log"), []);
}

/// A state that other code has made is not taken for this one's.
pub async fn a_snapshot_is_found_by_its_reducer(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    let account = bank.opened(TENANT, "Ada").await;
    let snapshot = |version: u64, reducer| Snapshot {
        stream: account.clone(),
        version: Version::new(version),
        reducer,
        state: json_of(&json!({ "at": version })),
    };
    for version in 1..=2 {
        let mut append = append();
        append.snapshots.push(snapshot(version, 4));
        bank.keep(append).await;
    }
    let found = bank.store.snapshot(TENANT, &account, 4).await;
    assert_eq!(found.expect("readable"), Some(snapshot(2, 4)));
    let found = bank.store.snapshot(TENANT, &account, 5).await;
    assert_eq!(found.expect("readable"), None);
    let found = bank.store.snapshot(tenant(1), &account, 4).await;
    assert_eq!(found.expect("readable"), None);
}

/// Both ways of reading events bring old ones up; what is stored stays as it was.
pub async fn old_events_are_read_in_the_latest_schema(fixture: &dyn Fixture) {
    fn cents(payload: &CanonicalJson) -> Result<CanonicalJson, crate::CanonicalError> {
        let payload: serde_json::Value = payload.read()?;
        let euros = payload["euros"].as_i64().unwrap_or_default();
        CanonicalJson::of(&json!({"amount_minor": euros * 100}))
    }
    fn with_currency(payload: &CanonicalJson) -> Result<CanonicalJson, crate::CanonicalError> {
        let mut payload: serde_json::Value = payload.read()?;
        payload["currency"] = "EUR".into();
        CanonicalJson::of(&payload)
    }
    let (kind, upcast) = ("fee.charged", cents as fn(&_) -> _);
    let schema = schema()
        .upcaster(Upcaster {
            kind,
            from: 1,
            upcast,
        })
        .upcaster(Upcaster {
            kind,
            from: 2,
            upcast: with_currency,
        });
    let bank = Bank::open_with(fixture, schema).await;
    let stream = StreamId::new("fee", bank.id());
    let event = |schema, payload| NewEvent {
        schema,
        ..bank.event(kind, &payload)
    };
    let events = [
        event(1, json!({"euros": 3})),
        event(2, json!({"amount_minor": 300})),
        event(3, json!({"amount_minor": 300, "currency": "EUR"})),
    ];
    bank.keep(append().write(stream.clone(), Version::NONE, events))
        .await;
    let loaded = bank.store.load(TENANT, &stream, Version::NONE).await;
    let loaded = loaded.expect("events");
    let logged = bank.store.read_log(Position::NONE, 10).await;
    assert_eq!(loaded, logged.expect("the log"));
    for recorded in loaded {
        assert_eq!(recorded.event.schema, 3);
        assert_eq!(
            recorded.event.payload.as_str(),
            r#"{"amount_minor":300,"currency":"EUR"}"#
        );
    }
}

/// A history that is cut short would be decided on; so it is refused.
pub async fn a_stream_too_long_to_load_says_so(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    let stream = StreamId::new("meter", bank.id());
    let each = limits::COMMIT_ITEMS as u64;
    let commits = limits::LOADED_EVENTS as u64 / each + 1;
    for at in 0..commits {
        let events = (0..each).map(|number| NewEvent {
            id: EventId::from_uuid(Uuid::from_u128(u128::from(at * each + number))),
            ..bank.event("meter.read", &json!({}))
        });
        let append =
            Append::new(context(TENANT)).write(stream.clone(), Version::new(at * each), events);
        bank.keep(append).await;
    }
    let all = bank.store.load(TENANT, &stream, Version::NONE).await;
    assert!(matches!(all, Err(StoreError::TooLong(of)) if of == stream));
    let rest = bank.store.load(TENANT, &stream, Version::new(each)).await;
    assert_eq!(rest.expect("events").len(), limits::LOADED_EVENTS);
}
