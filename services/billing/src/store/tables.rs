//! The tables that lists are read from. Each row names a thing and says by what it is listed; the thing itself is folded
//! from its stream.

use medcover_store::{Column, ColumnKind, Listing, Schema, Table};

const ID: &[Column] = &[Column::of("id", ColumnKind::Id)];

/// A table of things with a state, and its listings by time and by state.
macro_rules! stateful {
    ($($table:ident, $by_time:ident, $by_state:ident = $name:literal;)+) => {$(
        pub(crate) static $table: Table = Table {
            name: $name,
            version: 1,
            key: ID,
            columns: &[
                Column::of("at", ColumnKind::Timestamp),
                Column::of("state", ColumnKind::Text),
            ],
        };
        pub(crate) static $by_time: Listing = Listing {
            name: "by_time",
            table: &$table,
            equal: &[],
            order: "at",
        };
        pub(crate) static $by_state: Listing = Listing {
            name: "by_state",
            table: &$table,
            equal: &["state"],
            order: "at",
        };
    )+};
}

stateful! {
    REFUNDS, REFUNDS_BY_TIME, REFUNDS_BY_STATE = "refunds";
    WRITE_OFFS, WRITE_OFFS_BY_TIME, WRITE_OFFS_BY_STATE = "write_offs";
    REMITTANCES, REMITTANCES_BY_TIME, REMITTANCES_BY_STATE = "remittances";
}

/// A table of things that belong to somebody and have a state, and its listings by time, by whom and by state.
macro_rules! belonging {
    ($($table:ident, $by_time:ident, $by_whom:ident, $by_state:ident = $name:literal, $whom:literal;)+) => {$(
        pub(crate) static $table: Table = Table {
            name: $name,
            version: 1,
            key: ID,
            columns: &[
                Column::of("at", ColumnKind::Timestamp),
                Column::of($whom, ColumnKind::Id),
                Column::of("state", ColumnKind::Text),
            ],
        };
        pub(crate) static $by_time: Listing = Listing {
            name: "by_time",
            table: &$table,
            equal: &[],
            order: "at",
        };
        pub(crate) static $by_whom: Listing = Listing {
            name: "by_whom",
            table: &$table,
            equal: &[$whom],
            order: "at",
        };
        pub(crate) static $by_state: Listing = Listing {
            name: "by_state",
            table: &$table,
            equal: &["state"],
            order: "at",
        };
    )+};
}

belonging! {
    INVOICES, INVOICES_BY_TIME, INVOICES_BY_PATIENT, INVOICES_BY_STATE = "invoices", "patient";
    PAYMENTS, PAYMENTS_BY_TIME, PAYMENTS_BY_PARTY, PAYMENTS_BY_STATE = "payments", "party";
}

/// A table of things with a name.
macro_rules! named {
    ($($table:ident, $by_name:ident = $name:literal;)+) => {$(
        pub(crate) static $table: Table = Table {
            name: $name,
            version: 1,
            key: ID,
            columns: &[Column::of("name", ColumnKind::Text)],
        };
        pub(crate) static $by_name: Listing = Listing {
            name: "by_name",
            table: &$table,
            equal: &[],
            order: "name",
        };
    )+};
}

named! {
    AGENTS, AGENTS_BY_NAME = "agents";
    PLANS, PLANS_BY_NAME = "commission_plans";
}

/// Entries, by their ids.
pub(crate) static JOURNAL: Table = Table {
    name: "journal",
    version: 1,
    key: ID,
    columns: &[
        Column::of("at", ColumnKind::Timestamp),
        Column::of("event", ColumnKind::Text),
        Column::of("source", ColumnKind::Id),
        Column::of("entry", ColumnKind::Json),
    ],
};

pub(crate) static JOURNAL_BY_TIME: Listing = Listing {
    name: "by_time",
    table: &JOURNAL,
    equal: &[],
    order: "at",
};

/// Settled postings to accounts that are kept for somebody.
pub(crate) static STATEMENTS: Table = Table {
    name: "statement_lines",
    version: 1,
    key: ID,
    columns: &[
        Column::of("holder", ColumnKind::Id),
        Column::of("at", ColumnKind::Timestamp),
        Column::of("booked_on", ColumnKind::Text),
        Column::of("event", ColumnKind::Text),
        Column::of("source", ColumnKind::Id),
        Column::of("account", ColumnKind::Text),
        Column::of("amount_minor", ColumnKind::Integer),
        Column::of("currency", ColumnKind::Text),
    ],
};

pub(crate) static STATEMENTS_BY_HOLDER: Listing = Listing {
    name: "by_holder",
    table: &STATEMENTS,
    equal: &["holder"],
    order: "at",
};

/// All of them.
pub(super) static TABLES: [&Table; 9] = [
    &INVOICES,
    &PAYMENTS,
    &REFUNDS,
    &WRITE_OFFS,
    &REMITTANCES,
    &AGENTS,
    &PLANS,
    &JOURNAL,
    &STATEMENTS,
];

/// Adds them to `schema`.
pub(super) fn add(schema: Schema) -> Schema {
    schema
        .table(
            &INVOICES,
            &[&INVOICES_BY_TIME, &INVOICES_BY_PATIENT, &INVOICES_BY_STATE],
        )
        .table(
            &PAYMENTS,
            &[&PAYMENTS_BY_TIME, &PAYMENTS_BY_PARTY, &PAYMENTS_BY_STATE],
        )
        .table(&REFUNDS, &[&REFUNDS_BY_TIME, &REFUNDS_BY_STATE])
        .table(&WRITE_OFFS, &[&WRITE_OFFS_BY_TIME, &WRITE_OFFS_BY_STATE])
        .table(&REMITTANCES, &[&REMITTANCES_BY_TIME, &REMITTANCES_BY_STATE])
        .table(&AGENTS, &[&AGENTS_BY_NAME])
        .table(&PLANS, &[&PLANS_BY_NAME])
        .table(&JOURNAL, &[&JOURNAL_BY_TIME])
        .table(&STATEMENTS, &[&STATEMENTS_BY_HOLDER])
}
