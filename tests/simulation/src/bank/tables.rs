//! The bank's read models: accounts in the commit, statements and turnover behind the bus, notices behind the queue.

use medcover_store::{
    Change, Column, ColumnKind, Event, Listing, Projection, RowChange, Schema, Table, Value,
};
use medcover_workflow::saga;

use super::account::{self, Entry, Moved};
use super::events;

/// Every account, one a row.
pub static ACCOUNTS: Table = Table {
    name: "account",
    version: 1,
    key: &[Column::of("account", ColumnKind::Id)],
    columns: &[
        Column::maybe("owner", ColumnKind::Text),
        Column::of("balance_minor", ColumnKind::Integer),
        Column::of("held_minor", ColumnKind::Integer),
        Column::of("pending_minor", ColumnKind::Integer),
        Column::of("entries", ColumnKind::Integer),
    ],
};

/// Accounts by what is in them.
pub static ACCOUNTS_BY_BALANCE: Listing = Listing {
    name: "by_balance",
    table: &ACCOUNTS,
    equal: &[],
    order: "balance_minor",
};

/// What came into and left each account, a line each.
pub static STATEMENTS: Table = Table {
    name: "statement",
    version: 1,
    key: &[
        Column::of("account", ColumnKind::Id),
        Column::of("line", ColumnKind::Integer),
    ],
    columns: &[
        Column::of("kind", ColumnKind::Text),
        Column::of("transfer", ColumnKind::Id),
        Column::of("amount_minor", ColumnKind::Integer),
        Column::of("balance_minor", ColumnKind::Integer),
    ],
};

/// The lines of all accounts.
pub static STATEMENT_LINES: Listing = Listing {
    name: "by_line",
    table: &STATEMENTS,
    equal: &[],
    order: "line",
};

/// How much was moved in all accounts of a bank, by kind.
pub static TURNOVER: Table = Table {
    name: "turnover",
    version: 1,
    key: &[Column::of("kind", ColumnKind::Text)],
    columns: &[
        Column::of("entries", ColumnKind::Integer),
        Column::of("amount_minor", ColumnKind::Integer),
    ],
};

/// The turnover by its kinds.
pub static TURNOVER_BY_KIND: Listing = Listing {
    name: "by_kind",
    table: &TURNOVER,
    equal: &[],
    order: "kind",
};

/// How often somebody was told of a transfer: once.
pub static NOTICES: Table = Table {
    name: "notice",
    version: 1,
    key: &[Column::of("transfer", ColumnKind::Id)],
    columns: &[Column::of("times", ColumnKind::Integer)],
};

/// Notices by how often they were sent.
pub static NOTICES_BY_TIMES: Listing = Listing {
    name: "by_times",
    table: &NOTICES,
    equal: &[],
    order: "times",
};

/// All that the bank keeps besides the log.
pub fn schema() -> Schema {
    saga::schema(Schema::new())
        .table(&ACCOUNTS, &[&ACCOUNTS_BY_BALANCE])
        .table(&STATEMENTS, &[&STATEMENT_LINES])
        .table(&TURNOVER, &[&TURNOVER_BY_KIND])
        .table(&NOTICES, &[&NOTICES_BY_TIMES])
}

/// The rows of accounts: each depends on one stream, so they are made in the commit.
pub struct AccountRows;

impl Projection for AccountRows {
    fn name(&self) -> &'static str {
        "account-rows"
    }

    fn tables(&self) -> &'static [&'static Table] {
        static TABLES: [&Table; 1] = [&ACCOUNTS];
        &TABLES
    }

    fn apply(&self, event: &Event) -> Vec<RowChange> {
        let change = match told(event) {
            None => return Vec::new(),
            Some(account::Event::Opened(opened)) => Change::Put(vec![
                opened.owner.into(),
                opened.balance_minor.into(),
                0.into(),
                0.into(),
                1.into(),
            ]),
            Some(account::Event::Moved(entry, moved)) => Change::Patch {
                set: vec![("balance_minor", moved.balance_minor.into())],
                add: vec![
                    ("held_minor", entry.held(moved.amount_minor)),
                    ("pending_minor", entry.pending(moved.amount_minor)),
                    ("entries", 1),
                ],
            },
        };
        vec![row(event, &ACCOUNTS, vec![event.stream.id.into()], change)]
    }
}

/// The lines of statements and the turnover, over all accounts: made behind the log.
pub struct Statements;

impl Projection for Statements {
    /// Not the name of the consumer: a rebuilding must not move that one's place in the log.
    fn name(&self) -> &'static str {
        "statement-rows"
    }

    fn tables(&self) -> &'static [&'static Table] {
        static TABLES: [&Table; 2] = [&STATEMENTS, &TURNOVER];
        &TABLES
    }

    fn apply(&self, event: &Event) -> Vec<RowChange> {
        match told(event) {
            Some(account::Event::Moved(entry, moved)) => {
                vec![line(event, entry, &moved), turnover(event, entry, &moved)]
            }
            Some(account::Event::Opened(_)) | None => Vec::new(),
        }
    }
}

fn line(event: &Event, entry: Entry, moved: &Moved) -> RowChange {
    let line = i64::try_from(event.version.get()).unwrap_or(i64::MAX);
    let change = Change::Put(vec![
        entry.kind().into(),
        moved.transfer.into(),
        moved.amount_minor.into(),
        moved.balance_minor.into(),
    ]);
    row(
        event,
        &STATEMENTS,
        vec![event.stream.id.into(), line.into()],
        change,
    )
}

fn turnover(event: &Event, entry: Entry, moved: &Moved) -> RowChange {
    let change = Change::Patch {
        set: Vec::new(),
        add: vec![("entries", 1), ("amount_minor", moved.amount_minor)],
    };
    row(event, &TURNOVER, vec![entry.kind().into()], change)
}

/// What cannot be read is reported by whoever loads the account; a view shows what it can.
fn told(event: &Event) -> Option<account::Event> {
    events::read(event).ok().flatten()
}

fn row(event: &Event, table: &'static Table, key: Vec<Value>, change: Change) -> RowChange {
    RowChange {
        tenant: event.tenant,
        table,
        key,
        change,
    }
}
