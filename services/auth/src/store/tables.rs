//! The tables that lists are read from.

use medcover_store::{Column, ColumnKind, Listing, Table};

/// Users by id.
pub(crate) static USERS: Table = Table {
    name: "users",
    version: 1,
    key: &[Column::of("id", ColumnKind::Id)],
    columns: &[
        Column::of("name", ColumnKind::Text),
        Column::of("roles", ColumnKind::Json),
        Column::of("has_password", ColumnKind::Boolean),
        Column::of("disabled", ColumnKind::Boolean),
        Column::maybe("locked_until", ColumnKind::Timestamp),
    ],
};

pub(crate) static USERS_BY_NAME: Listing = Listing {
    name: "by_name",
    table: &USERS,
    equal: &[],
    order: "name",
};

/// Roles by the id of their name's stream.
pub(crate) static ROLES: Table = Table {
    name: "roles",
    version: 1,
    key: &[Column::of("id", ColumnKind::Id)],
    columns: &[
        Column::of("name", ColumnKind::Text),
        Column::of("permissions", ColumnKind::Json),
    ],
};

pub(crate) static ROLES_BY_NAME: Listing = Listing {
    name: "by_name",
    table: &ROLES,
    equal: &[],
    order: "name",
};

/// Clients by id.
pub(crate) static CLIENTS: Table = Table {
    name: "clients",
    version: 1,
    key: &[Column::of("id", ColumnKind::Id)],
    columns: &[
        Column::of("name", ColumnKind::Text),
        Column::of("tier", ColumnKind::Text),
        Column::of("permissions", ColumnKind::Json),
        Column::maybe("service", ColumnKind::Text),
        Column::of("revoked", ColumnKind::Boolean),
        Column::maybe("expires_at", ColumnKind::Timestamp),
    ],
};

pub(crate) static CLIENTS_BY_NAME: Listing = Listing {
    name: "by_name",
    table: &CLIENTS,
    equal: &[],
    order: "name",
};

/// Tenants by id; all rows belong to the default tenant.
pub(crate) static TENANTS: Table = Table {
    name: "tenants",
    version: 1,
    key: &[Column::of("id", ColumnKind::Id)],
    columns: &[Column::of("name", ColumnKind::Text)],
};

pub(crate) static TENANTS_BY_NAME: Listing = Listing {
    name: "by_name",
    table: &TENANTS,
    equal: &[],
    order: "name",
};

/// Emergencies by id.
pub(crate) static BREAK_GLASS: Table = Table {
    name: "break_glass",
    version: 1,
    key: &[Column::of("id", ColumnKind::Id)],
    columns: &[
        Column::of("user_id", ColumnKind::Id),
        Column::of("reason", ColumnKind::Text),
        Column::of("opened_at", ColumnKind::Timestamp),
        Column::of("ends_at", ColumnKind::Timestamp),
        Column::maybe("note", ColumnKind::Text),
    ],
};

pub(crate) static BREAK_GLASS_BY_TIME: Listing = Listing {
    name: "by_time",
    table: &BREAK_GLASS,
    equal: &[],
    order: "opened_at",
};
