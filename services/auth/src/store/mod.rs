//! What the service keeps: the tables that lists are read from.

mod tables;
mod views;

pub(crate) use tables::{
    BREAK_GLASS, BREAK_GLASS_BY_TIME, CLIENTS, CLIENTS_BY_NAME, ROLES, ROLES_BY_NAME, TENANTS,
    TENANTS_BY_NAME, USERS, USERS_BY_NAME,
};
pub(crate) use views::Views;

use medcover_store::Schema;

/// What an engine must know to keep the state of this service.
pub(crate) fn schema() -> Schema {
    Schema::new()
        .table(&USERS, &[&USERS_BY_NAME])
        .table(&ROLES, &[&ROLES_BY_NAME])
        .table(&CLIENTS, &[&CLIENTS_BY_NAME])
        .table(&TENANTS, &[&TENANTS_BY_NAME])
        .table(&BREAK_GLASS, &[&BREAK_GLASS_BY_TIME])
}
