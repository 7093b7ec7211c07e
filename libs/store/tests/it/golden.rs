//! Files that earlier versions have written are read by this one.
//!
//! `tests/golden/sqlite-N.sql` is the dump (`sqlite3 FILE .dump`) of a store of core version N in which [`fill`] has left
//! something of everything, with an event of every schema of its kind. Such a file is never changed. When the core changes,
//! the next number is added, and the earlier ones must still open and say the same.

use std::path::Path;

use medcover_kernel::{Call, Caller, EventId, MessageId, TenantId, Timestamp};
use medcover_store::{
    Answer, AnswerScope, Append, AuditEntry, AuditOutcome, CanonicalError, CanonicalJson, Change,
    CheckpointMove, Claim, Column, ColumnKind, Context, NewEvent, NewMessage, Outcome, Position,
    RowChange, Schema, Snapshot, SqliteOptions, SqliteStore, Store, StreamId, Table, Upcaster,
    Value, Version, conformance,
};
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _, SqliteConnection};
use uuid::Uuid;

const GOLDEN: [&str; 1] = [include_str!("../golden/sqlite-1.sql")];

static ROOMS: Table = Table {
    name: "room",
    version: 1,
    key: &[Column::of("id", ColumnKind::Id)],
    columns: &[
        Column::of("name", ColumnKind::Text),
        Column::of("beds", ColumnKind::Integer),
        Column::of("open", ColumnKind::Boolean),
        Column::maybe("seen_at", ColumnKind::Timestamp),
        Column::maybe("details", ColumnKind::Json),
        Column::maybe("seal", ColumnKind::Bytes),
    ],
};

fn euros_to_minor(payload: &CanonicalJson) -> Result<CanonicalJson, CanonicalError> {
    let payload: serde_json::Value = payload.read()?;
    let euros = payload["euros"].as_i64().unwrap_or_default();
    CanonicalJson::of(&json!({"amount_minor": euros * 100}))
}

fn with_currency(payload: &CanonicalJson) -> Result<CanonicalJson, CanonicalError> {
    let mut payload: serde_json::Value = payload.read()?;
    payload["currency"] = "EUR".into();
    CanonicalJson::of(&payload)
}

fn schema() -> Schema {
    let kind = "fee.charged";
    let upcasters = [(1, euros_to_minor as fn(&_) -> _), (2, with_currency)];
    let schema = Schema::new().table(&ROOMS, &[]);
    upcasters
        .into_iter()
        .fold(schema, |schema, (from, upcast)| {
            schema.upcaster(Upcaster { kind, from, upcast })
        })
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn append() -> Append {
    Append::new(Context {
        causation: Some(EventId::from_uuid(id(3))),
        traceparent: Some("00-f893a2eefb32555e71c18690ee42c90b-adec89025cc1beeb-01".to_owned()),
        ..Context::of(&Call::for_tests())
    })
}

fn scope() -> AnswerScope {
    AnswerScope {
        tenant: TenantId::DEFAULT,
        caller: Caller::Operator,
        route: "POST /fees".into(),
        key: "k-1".parse().expect("a key"),
    }
}

fn stream() -> StreamId {
    StreamId::of_key("fee", &["2026", "1"])
}

fn charged(schema: u16, payload: &serde_json::Value) -> NewEvent {
    NewEvent {
        id: EventId::from_uuid(id(u128::from(schema))),
        kind: "fee.charged".into(),
        schema,
        occurred_at: Timestamp::from_micros(1_767_225_600_000_001),
        payload: CanonicalJson::of(payload).expect("whole numbers"),
    }
}

/// Leaves something of everything in an empty store.
async fn fill(store: &dyn Store) {
    let text = json!({"note": "Ω é 🩺 \" \\ \u{1}", "by": [1, null, true]});
    let json = CanonicalJson::of(&text).expect("whole numbers");
    let events = [
        charged(1, &json!({"euros": 3})),
        charged(2, &json!({"amount_minor": 300})),
        charged(3, &json!({"amount_minor": 300, "currency": "EUR"})),
    ];
    let mut first = append().write(stream(), Version::NONE, events);
    for number in 1..=3 {
        first = first.send(NewMessage {
            id: MessageId::from_uuid(id(number)),
            queue: "mail".into(),
            key: Some(format!("key {number}")),
            payload: json.clone(),
            not_before: None,
        });
        first = first.audit(AuditEntry {
            action: "fee.charged".into(),
            subject: format!("fee/{number}"),
            data_subject: Some(id(77)),
            outcome: AuditOutcome::Done,
            details: json.clone(),
        });
    }
    first = first
        .handled("ledger", EventId::from_uuid(id(8)))
        .row(RowChange {
            tenant: TenantId::DEFAULT,
            table: &ROOMS,
            key: vec![id(5).into()],
            change: Change::Put(vec![
                "Ωé".into(),
                Value::Integer(-2),
                true.into(),
                Timestamp::from_micros(7).into(),
                json.clone().into(),
                vec![0_u8, 255].into(),
            ]),
        });
    let answer = Answer {
        fingerprint: [9; 32],
        status: 201,
        body: json.clone(),
    };
    let mut first = first.answer(scope(), answer);
    first.snapshots.push(Snapshot {
        stream: stream(),
        version: Version::new(2),
        reducer: 4,
        state: json,
    });
    first.checkpoint = Some(CheckpointMove {
        consumer: "ledger".into(),
        from: Position::NONE,
        to: Position::new(2),
    });
    store.commit(first).await.expect("it is kept");
    let claim = Claim {
        queue: "mail".into(),
        worker: "w-1".into(),
        lease: std::time::Duration::from_secs(30),
        max: 2,
    };
    let claimed = store.claim(claim).await.expect("a claim");
    let reason = "no such address".to_owned();
    let dead = append().settle(claimed[0].settled(Outcome::Dead { reason }));
    store.commit(dead).await.expect("it is kept");
    store.anchor_audit().await.expect("anchored");
}

/// All that a store says about what [`fill`] left.
async fn told(store: &dyn Store) -> Vec<String> {
    let tenant = TenantId::DEFAULT;
    let report = store.verify_audit().await.expect("a report");
    vec![
        format!("{:?}", store.load(tenant, &stream(), Version::NONE).await),
        format!("{:?}", store.read_log(Position::NONE, 10).await),
        format!("{:?}", store.messages(tenant, "mail", 0, 10).await),
        format!("{:?}", store.dead_letters(tenant, "mail", 0, 10).await),
        format!("{:?}", store.answer(&scope()).await),
        format!("{:?}", store.snapshot(tenant, &stream(), 4).await),
        format!("{:?}", store.checkpoint("ledger").await),
        format!("{:?}", store.row(&ROOMS, tenant, &[id(5).into()]).await),
        format!("{:?}", store.disclosures(tenant, id(77), 0, 10).await),
        format!("{:?}", (report.records, report.faults)),
    ]
}

async fn open(path: &Path) -> SqliteStore {
    let options = SqliteOptions::new(path);
    let store = SqliteStore::open(options, schema(), conformance::clock()).await;
    store.expect("it opens")
}

async fn connect(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true);
    options.connect().await.expect("the file")
}

/// The cells of the log as SQLite spells them.
async fn log_as_written(path: &Path) -> Vec<String> {
    let mut connection = connect(path).await;
    let rows = sqlx::query(
        "SELECT concat_ws('|', position, quote(tenant_id), stream_kind, quote(stream_id), version, quote(id), kind, \
         schema, occurred_at, recorded_at, actor, purpose, quote(correlation), quote(causation), traceparent, payload) \
         AS cells FROM log ORDER BY position",
    );
    let rows = rows.fetch_all(&mut connection).await.expect("the log");
    connection.close().await.expect("closed");
    rows.iter().map(|row| row.get("cells")).collect()
}

#[tokio::test]
async fn stores_of_every_version_say_what_they_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let fresh = folder.path().join("fresh.db");
    let store = open(&fresh).await;
    fill(&store).await;
    let expected = told(&store).await;
    store.close().await;
    assert!(expected[0].contains(r#"{"amount_minor":300,"currency":"EUR"}"#));
    for (version, dump) in (1..).zip(GOLDEN) {
        let path = folder.path().join(format!("golden-{version}.db"));
        let mut connection = connect(&path).await;
        let loaded = sqlx::raw_sql(AssertSqlSafe(dump))
            .execute(&mut connection)
            .await;
        loaded.expect("the dump");
        connection.close().await.expect("closed");
        let store = open(&path).await;
        assert_eq!(told(&store).await, expected, "core version {version}");
        let next = store
            .commit(append().read(stream(), Version::new(3)))
            .await
            .expect("it goes on");
        assert_eq!(next.position, Position::new(3));
        store.close().await;
        // What is written today is spelt as it was then.
        let (then, now) = (log_as_written(&path).await, log_as_written(&fresh).await);
        assert_eq!(then, now, "core version {version}");
    }
}
