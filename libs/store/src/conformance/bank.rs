//! Accounts and transfers: a domain small enough to see through, for the cases to act on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use medcover_kernel::{
    Caller, CorrelationId, EventId, ManualClock, MessageId, Purpose, ServiceName, TenantId,
    Timestamp,
};
use serde_json::json;
use uuid::Uuid;

use super::Fixture;
use crate::{
    Append, CanonicalJson, Change, Column, ColumnKind, Context, Event, Listing, NewEvent,
    NewMessage, Projection, Receipt, RowChange, Schema, Store, StreamId, Table, Value, Version,
};

pub(super) static ACCOUNTS: Table = Table {
    name: "account",
    version: 1,
    key: &[Column::of("id", ColumnKind::Id)],
    columns: &[
        Column::of("owner", ColumnKind::Text),
        Column::of("balance", ColumnKind::Integer),
        Column::of("open", ColumnKind::Boolean),
        Column::of("opened_at", ColumnKind::Timestamp),
        Column::maybe("note", ColumnKind::Text),
        Column::maybe("details", ColumnKind::Json),
        Column::maybe("seal", ColumnKind::Bytes),
    ],
};

pub(super) static BY_OWNER: Listing = Listing {
    name: "owner",
    table: &ACCOUNTS,
    equal: &[],
    order: "owner",
};

pub(super) static BY_BALANCE: Listing = Listing {
    name: "balance",
    table: &ACCOUNTS,
    equal: &["open"],
    order: "balance",
};

/// How much was moved, over all accounts of a tenant.
pub(super) static TURNOVER: Table = Table {
    name: "turnover",
    version: 1,
    key: &[Column::of("month", ColumnKind::Text)],
    columns: &[
        Column::of("moves", ColumnKind::Integer),
        Column::of("amount", ColumnKind::Integer),
    ],
};

pub(super) static TURNOVERS: Listing = Listing {
    name: "month",
    table: &TURNOVER,
    equal: &[],
    order: "month",
};

pub(super) fn schema() -> Schema {
    Schema::new()
        .table(&ACCOUNTS, &[&BY_OWNER, &BY_BALANCE])
        .table(&TURNOVER, &[&TURNOVERS])
}

/// The rows of accounts, made in the commit.
pub(super) struct Accounts;

impl Projection for Accounts {
    fn name(&self) -> &'static str {
        "accounts"
    }

    fn tables(&self) -> &'static [&'static Table] {
        static TABLES: [&Table; 1] = [&ACCOUNTS];
        &TABLES
    }

    fn apply(&self, event: &Event) -> Vec<RowChange> {
        let payload: serde_json::Value = event.payload.read().expect("JSON");
        let change = match &*event.kind {
            "account.opened" => Change::Put(vec![
                payload["owner"].as_str().unwrap_or_default().into(),
                Value::Integer(0),
                Value::Boolean(true),
                event.occurred_at.into(),
                Value::Null,
                event.payload.clone().into(),
                Value::Null,
            ]),
            "account.moved" => Change::Patch {
                set: vec![("note", event.id.to_string().into())],
                add: vec![("balance", payload["amount"].as_i64().unwrap_or_default())],
            },
            _ => Change::Delete,
        };
        vec![row(event.tenant, &ACCOUNTS, event.stream.id.into(), change)]
    }
}

/// The turnover of tenants, made by following the log.
pub(super) struct Turnover;

impl Projection for Turnover {
    fn name(&self) -> &'static str {
        "turnover"
    }

    fn tables(&self) -> &'static [&'static Table] {
        static TABLES: [&Table; 1] = [&TURNOVER];
        &TABLES
    }

    fn apply(&self, event: &Event) -> Vec<RowChange> {
        let payload: serde_json::Value = event.payload.read().expect("JSON");
        let Some(amount) = payload["amount"].as_i64() else {
            return Vec::new();
        };
        let change = Change::Patch {
            set: Vec::new(),
            add: vec![("moves", 1), ("amount", amount.abs())],
        };
        let month = event.occurred_at.to_string()[..7].into();
        vec![row(event.tenant, &TURNOVER, month, change)]
    }
}

fn row(tenant: TenantId, table: &'static Table, key: Value, change: Change) -> RowChange {
    RowChange {
        tenant,
        table,
        key: vec![key],
        change,
    }
}

/// A store and what the cases need to act on it.
pub(super) struct Bank {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<ManualClock>,
    ids: AtomicU64,
}

pub(super) const TENANT: TenantId = TenantId::DEFAULT;

impl Bank {
    pub(super) async fn open(fixture: &dyn Fixture) -> Arc<Self> {
        Self::open_with(fixture, schema()).await
    }

    pub(super) async fn open_with(fixture: &dyn Fixture, schema: Schema) -> Arc<Self> {
        let clock = super::clock();
        let store = fixture.open(schema, Arc::clone(&clock)).await;
        let ids = AtomicU64::new(1);
        Arc::new(Self { store, clock, ids })
    }

    /// A UUID that no other is equal to.
    pub(super) fn id(&self) -> Uuid {
        let number = self.ids.fetch_add(1, Ordering::Relaxed);
        Uuid::from_u128(u128::from(number) << 64 | 0x8000_0000_0000_0000)
    }

    pub(super) fn now(&self) -> Timestamp {
        use medcover_kernel::Clock as _;
        self.clock.now()
    }

    pub(super) fn event(&self, kind: &'static str, payload: &serde_json::Value) -> NewEvent {
        NewEvent {
            id: EventId::from_uuid(self.id()),
            kind: kind.into(),
            schema: 1,
            occurred_at: self.now(),
            payload: json_of(payload),
        }
    }

    pub(super) fn message(&self, queue: &'static str) -> NewMessage {
        NewMessage {
            id: MessageId::from_uuid(self.id()),
            queue: queue.into(),
            key: None,
            payload: CanonicalJson::empty(),
            not_before: None,
        }
    }

    /// An account of `tenant` with nothing in it.
    pub(super) async fn opened(&self, tenant: TenantId, owner: &str) -> StreamId {
        let account = StreamId::new("account", self.id());
        let opened = self.event("account.opened", &json!({ "owner": owner }));
        let append = Append::new(context(tenant))
            .write(account.clone(), Version::NONE, [opened])
            .project(&Accounts);
        self.keep(append).await;
        account
    }

    /// Moves `amount` in an account that nobody else writes to.
    pub(super) async fn moved(&self, tenant: TenantId, account: &StreamId, amount: i64) {
        let version = self.version(tenant, account).await;
        let moved = self.event("account.moved", &json!({ "amount": amount }));
        let append = Append::new(context(tenant))
            .write(account.clone(), version, [moved])
            .project(&Accounts);
        self.keep(append).await;
    }

    pub(super) async fn version(&self, tenant: TenantId, stream: &StreamId) -> Version {
        let version = self.store.version(tenant, stream).await;
        version.expect("a version")
    }

    pub(super) async fn keep(&self, append: Append) -> Receipt {
        self.store.commit(append).await.expect("it is kept")
    }

    pub(super) async fn account(&self, account: &StreamId) -> Option<crate::Row> {
        let key = [account.id.into()];
        let row = self.store.row(&ACCOUNTS, TENANT, &key).await;
        row.expect("readable")
    }
}

pub(super) fn json_of(value: &serde_json::Value) -> CanonicalJson {
    CanonicalJson::of_value(value).expect("whole numbers")
}

/// Some tenant other than [`TENANT`].
pub(super) fn tenant(number: u128) -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(0xf000 + number))
}

pub(super) fn context(tenant: TenantId) -> Context {
    Context {
        tenant,
        actor: Caller::Service(ServiceName::from_static("conformance")),
        purpose: Purpose::Payment,
        correlation: CorrelationId::from_uuid(Uuid::from_u128(5)),
        causation: Some(EventId::from_uuid(Uuid::from_u128(6))),
        traceparent: Some("00-00000000000000000000000000000001-0000000000000001-01".to_owned()),
    }
}

pub(super) fn append() -> Append {
    Append::new(context(TENANT))
}
