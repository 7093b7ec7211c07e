//! What of the declared tables and indexes is there, in a real database.

use medcover_store::{
    Column, ColumnKind, Inventory, Listing, PostgresStore, Schema, SqliteOptions, SqliteStore,
    Store, Table, conformance,
};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use crate::postgres::Postgres;

static BEDS: Table = Table {
    name: "bed",
    version: 1,
    key: &[Column::of("id", ColumnKind::Integer)],
    columns: &[Column::of("ward", ColumnKind::Text)],
};

static BY_WARD: Listing = Listing {
    name: "ward",
    table: &BEDS,
    equal: &[],
    order: "ward",
};

fn schema() -> Schema {
    Schema::new().table(&BEDS, &[&BY_WARD])
}

async fn inventory(store: &dyn Store) -> Inventory {
    let inventory = store.inventory().await.expect("the catalogue is read");
    inventory.expect("the state is in a database")
}

#[tokio::test]
async fn a_file_says_what_it_lacks() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("s.db");
    let open = || SqliteStore::open(SqliteOptions::new(&path), schema(), conformance::clock());
    let store = open().await.expect("it opens");
    let whole = inventory(&store).await;
    assert_eq!(whole.missing, Vec::<String>::new());
    assert!(whole.tables > 10 && whole.indexes >= 8, "{whole:?}");
    let raw = SqliteConnectOptions::new().filename(&path).connect().await;
    let mut raw = raw.expect("the file opens");
    let dropped = sqlx::raw_sql("DROP INDEX bed_by_ward; DROP INDEX message_due; DROP TABLE inbox");
    dropped.execute(&mut raw).await.expect("dropped");
    raw.close().await.expect("closed");
    let mut missing = inventory(&store).await.missing;
    missing.sort();
    assert_eq!(
        missing,
        [
            "1 of 1 indexes of bed",
            "1 of 2 indexes of message",
            "the table inbox"
        ]
    );
    store.close().await;
}

#[tokio::test]
async fn a_schema_on_a_server_says_what_it_lacks() {
    let postgres = Postgres::new();
    let options = postgres.options("ward", 0);
    let store = PostgresStore::open(options, schema(), conformance::clock()).await;
    let store = store.expect("it opens");
    let whole = inventory(&store).await;
    assert_eq!(whole.missing, Vec::<String>::new());
    assert!(whole.tables > 10 && whole.indexes >= 8, "{whole:?}");
    postgres
        .prepare("DROP INDEX ward.message_due; DROP TABLE ward.inbox")
        .await;
    let mut missing = inventory(&store).await.missing;
    missing.sort();
    assert_eq!(missing, ["1 of 2 indexes of message", "the table inbox"]);
    store.close().await;
}
