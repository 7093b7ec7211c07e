//! The rows of the search log.

use medcover_kernel::TenantId;
use medcover_store::{Change, Column, ColumnKind, Listing, Row, RowChange, Table, Value};
use uuid::Uuid;

use super::Searched;

/// One row a search. It follows from no event: it is a record of its own, removed after its time.
pub(super) static SEARCH_LOGS: Table = Table {
    name: "search_logs",
    version: 1,
    key: &[Column::of("id", ColumnKind::Id)],
    columns: &[
        Column::of("searched_at", ColumnKind::Timestamp),
        Column::of("operation", ColumnKind::Text),
        Column::of("query", ColumnKind::Text),
        Column::of("hits", ColumnKind::Integer),
        Column::of("took_us", ColumnKind::Integer),
    ],
};

/// In the order of time.
pub(super) static SEARCHES_BY_TIME: Listing = Listing {
    name: "by_time",
    table: &SEARCH_LOGS,
    equal: &[],
    order: "searched_at",
};

/// Releases are shared by all tenants, and the log tells of nobody, so its rows are the default tenant's.
pub(super) const OWNER: TenantId = TenantId::DEFAULT;

pub(super) fn put(id: Uuid, searched: &Searched) -> RowChange {
    let integer = |number: u64| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
    change(
        id,
        Change::Put(vec![
            searched.at.into(),
            searched.operation.into(),
            searched.query.as_str().into(),
            integer(u64::from(searched.hits)),
            integer(searched.took_us),
        ]),
    )
}

pub(super) fn delete(row: &Row) -> Option<RowChange> {
    Some(change(*row.get("id").as_id()?, Change::Delete))
}

fn change(id: Uuid, change: Change) -> RowChange {
    RowChange {
        tenant: OWNER,
        table: &SEARCH_LOGS,
        key: vec![Value::Id(id)],
        change,
    }
}
