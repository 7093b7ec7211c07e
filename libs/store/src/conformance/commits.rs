//! All of a commit, or nothing.

use std::sync::Arc;

use medcover_kernel::{Caller, EventId};
use serde_json::json;
use uuid::Uuid;

use super::Fixture;
use super::bank::{ACCOUNTS, Accounts, Bank, TENANT, append, context, json_of, tenant};
use crate::{
    Answer, AnswerScope, Append, AuditEntry, AuditOutcome, Change, Claim, CommitError, NewEvent,
    Position, RowChange, Snapshot, StoreError, StreamId, Value, Version, limits,
};

fn scope(key: &str) -> AnswerScope {
    AnswerScope {
        tenant: TENANT,
        caller: Caller::Operator,
        route: "POST /transfers".into(),
        key: key.parse().expect("a key"),
    }
}

fn answer() -> Answer {
    Answer {
        fingerprint: [7; 32],
        status: 201,
        body: json_of(&json!({"id": "x"})),
    }
}

fn audited(subject: &str) -> AuditEntry {
    AuditEntry {
        action: "transfer.made".into(),
        subject: subject.to_owned(),
        data_subject: Some(Uuid::from_u128(77)),
        outcome: AuditOutcome::Done,
        details: json_of(&json!({"amount_minor": 5})),
    }
}

/// A commit with something of everything.
fn everything(bank: &Bank, account: &StreamId, expected: Version) -> Append {
    let snapshot = Snapshot {
        stream: account.clone(),
        version: expected.plus(1),
        reducer: 1,
        state: json_of(&json!({"balance": 0})),
    };
    let opened = bank.event("account.opened", &json!({"owner": "Ada"}));
    let mut append = append()
        .write(account.clone(), expected, [opened])
        .project(&Accounts)
        .send(bank.message("mail"))
        .handled("conformance", EventId::from_uuid(Uuid::from_u128(9)))
        .answer(scope("k1"), answer())
        .audit(audited("account"));
    append.snapshots.push(snapshot);
    append
}

/// What there is of [`everything`].
async fn found(bank: &Bank, account: &StreamId) -> [usize; 6] {
    let store = &bank.store;
    let events = store.load(TENANT, account, Version::NONE).await;
    let messages = store.messages(TENANT, "mail", 0, 10).await;
    let disclosed = store.disclosures(TENANT, Uuid::from_u128(77), 0, 10).await;
    let answered = store.answer(&scope("k1")).await;
    let snapshot = store.snapshot(TENANT, account, 1).await;
    [
        events.expect("events").len(),
        usize::from(bank.account(account).await.is_some()),
        messages.expect("messages").len(),
        usize::from(answered.expect("an answer").is_some()),
        disclosed.expect("records").len(),
        usize::from(snapshot.expect("a snapshot").is_some()),
    ]
}

/// Every part of a commit can be read once it is acknowledged.
pub async fn a_commit_is_kept_whole(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    let account = StreamId::new("account", bank.id());
    let append = everything(&bank, &account, Version::NONE);
    let expected: Vec<_> = append.events().collect();
    let receipt = bank.keep(append).await;
    assert_eq!(receipt.position, Position::new(1));
    assert_eq!(receipt.versions, [Version::new(1)]);
    assert_eq!(found(&bank, &account).await, [1; 6]);
    assert_eq!(
        bank.store.answer(&scope("k1")).await.expect("readable"),
        Some(answer())
    );
    let log = bank.store.read_log(Position::NONE, 10).await;
    let log = log.expect("the log");
    assert_eq!(log[0].event, expected[0]);
    assert_eq!(log[0].recorded_at, receipt.recorded_at);
    assert_eq!(*bank.store.head().borrow(), receipt.position);
}

/// A conflict in one stream takes every other part of the commit with it.
pub async fn a_refused_commit_leaves_nothing_behind(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    let account = StreamId::new("account", bank.id());
    let refused = everything(&bank, &account, Version::new(1));
    let error = bank.store.commit(refused).await.expect_err("it conflicts");
    assert!(error.is_conflict(), "{error}");
    assert_eq!(found(&bank, &account).await, [0; 6]);
    // What it would have taken is free.
    bank.keep(everything(&bank, &account, Version::NONE)).await;
    assert_eq!(found(&bank, &account).await, [1; 6]);
    let log = bank.store.read_log(Position::NONE, 10).await;
    assert_eq!(log.expect("the log").len(), 1);
}

/// Whatever text is handed over comes back as it was, and does nothing on the way.
pub async fn hostile_text_is_only_text(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    for text in [
        "'; DROP TABLE log; --",
        "\"; DELETE FROM account; --",
        "$1 ?1 :name @name %s {} \\",
        "line\nbreak\ttab\r",
        "José Łukasz 李 🩺 \u{202e}",
        "e\u{301} \u{feff}",
    ] {
        let account = bank.opened(TENANT, text).await;
        let row = bank.account(&account).await.expect("the row");
        assert_eq!(row.get("owner").as_text(), Some(text));
        let mut message = bank.message("mail");
        message.key = Some(text.to_owned());
        message.payload = json_of(&json!({ text: text }));
        let mut event = bank.event("account.noted", &json!({ "text": text }));
        event.kind = text.to_owned().into();
        let stream = StreamId::new(text.to_owned(), bank.id());
        let append = append()
            .write(stream.clone(), Version::NONE, [event])
            .send(message)
            .audit(audited(text));
        bank.keep(append).await;
        let events = bank.store.load(TENANT, &stream, Version::NONE).await;
        let event = &events.expect("events")[0].event;
        assert_eq!((&*event.kind, &*event.stream.kind), (text, text));
        assert_eq!(event.payload, json_of(&json!({ "text": text })));
    }
    let messages = bank.store.messages(TENANT, "mail", 0, 10).await;
    assert_eq!(messages.expect("messages").len(), 6);
    let report = bank.store.verify_audit().await.expect("a report");
    assert_eq!((report.records, report.faults), (6, vec![]));
}

/// Bounds hold before anything is written.
pub async fn what_no_store_could_keep_is_refused(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    let account = StreamId::new("account", bank.id());
    let event = || bank.event("account.opened", &json!({"owner": "Ada"}));
    let long = json_of(&json!("x".repeat(limits::EVENT_BYTES)));
    let large = NewEvent {
        payload: long.clone(),
        ..event()
    };
    let half = json_of(&json!("x".repeat(limits::EVENT_BYTES / 2)));
    let halves = (0..limits::COMMIT_BYTES / limits::EVENT_BYTES * 2).map(|_| NewEvent {
        payload: half.clone(),
        ..event()
    });
    let many_bytes = append().write(account.clone(), Version::NONE, halves);
    let mut large_message = bank.message("mail");
    large_message.payload = long;
    let mut nul_message = bank.message("mail");
    nul_message.key = Some("\0".to_owned());
    let write = |events: Vec<NewEvent>| append().write(account.clone(), Version::NONE, events);
    let many = (0..=limits::COMMIT_ITEMS).map(|_| event()).collect();
    let other_tenant = RowChange {
        tenant: tenant(1),
        table: &ACCOUNTS,
        key: vec![bank.id().into()],
        change: Change::Delete,
    };
    let nul_row = RowChange {
        tenant: TENANT,
        table: &ACCOUNTS,
        key: vec![bank.id().into()],
        change: Change::Patch {
            set: vec![("note", Value::from("a\0b"))],
            add: vec![],
        },
    };
    for (what, append) in [
        ("no events", write(vec![])),
        ("an event that is too large", write(vec![large])),
        ("too many events", write(many)),
        (
            "a stream twice",
            write(vec![event()]).write(account.clone(), Version::new(1), [event()]),
        ),
        (
            "a name with NUL",
            append().write(StreamId::new("a\0", bank.id()), Version::NONE, [event()]),
        ),
        ("too many bytes in all", many_bytes),
        ("a message that is too large", append().send(large_message)),
        ("a key with NUL", append().send(nul_message)),
        ("a row of another tenant", append().row(other_tenant)),
        ("a row with NUL", append().row(nul_row)),
    ] {
        let refused = bank.store.commit(append).await;
        assert!(
            matches!(refused, Err(CommitError::Invalid(_))),
            "{what}: {refused:?}"
        );
    }
    assert_eq!(*bank.store.head().borrow(), Position::NONE);
    let claim = Claim {
        queue: "a\0b".into(),
        worker: "w".into(),
        lease: std::time::Duration::from_secs(1),
        max: 1,
    };
    let refused = bank.store.claim(claim).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))));
}

/// Callers that stop waiting leave whole commits or none.
pub async fn a_commit_that_nobody_waits_for_is_whole_or_absent(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    let mut accounts = Vec::new();
    for round in 0..40 {
        let account = StreamId::new("account", bank.id());
        let opened = bank.event("account.opened", &json!({"owner": "Ada"}));
        let append = append()
            .write(account.clone(), Version::NONE, [opened])
            .project(&Accounts)
            .send(bank.message("mail"));
        let store = Arc::clone(&bank.store);
        let task = tokio::spawn(async move { store.commit(append).await.map(drop) });
        for _ in 0..round % 4 {
            tokio::task::yield_now().await;
        }
        task.abort();
        let _ = task.await;
        accounts.push(account);
    }
    // Behind this one nothing of the earlier ones is left to happen.
    bank.opened(TENANT, "last").await;
    let mut kept = 0;
    for account in &accounts {
        let events = bank.store.load(TENANT, account, Version::NONE).await;
        let events = events.expect("events").len();
        let rows = usize::from(bank.account(account).await.is_some());
        assert_eq!(events, rows, "{account}");
        kept += events;
    }
    let messages = bank.store.messages(TENANT, "mail", 0, 100).await;
    assert_eq!(messages.expect("messages").len(), kept);
}

/// Equal ids and keys of two tenants are two things.
pub async fn nothing_of_one_tenant_shows_to_another(fixture: &dyn Fixture) {
    let bank = Bank::open(fixture).await;
    let account = StreamId::new("account", bank.id());
    for (of, owner) in [(TENANT, "Ada"), (tenant(1), "Bob")] {
        let opened = bank.event("account.opened", &json!({ "owner": owner }));
        let append = Append::new(context(of))
            .write(account.clone(), Version::NONE, [opened])
            .project(&Accounts);
        bank.keep(append).await;
    }
    let row = bank.account(&account).await.expect("the row");
    assert_eq!(row.get("owner").as_text(), Some("Ada"));
    let nobody = tenant(2);
    let events = bank.store.load(nobody, &account, Version::NONE).await;
    assert_eq!(events.expect("events"), []);
    let events = bank.store.load(tenant(1), &account, Version::NONE).await;
    assert_eq!(events.expect("events").len(), 1);
    let messages = bank.store.messages(nobody, "mail", 0, 10).await;
    assert_eq!(messages.expect("messages"), []);
}
