//! Every statement is prepared by the database that it is meant for.

use std::borrow::Cow;

use medcover_testkit::PostgresServer;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgConnection, Row as _,
    SqliteConnection,
};

use super::{
    Dialect, Statements, create_core, create_generation, create_generations, create_index,
    create_table,
};
use crate::generation::Generation;
use crate::{Column, ColumnKind, Event, Listing, Projection, RowChange, Schema, Table};

static WIDE: Table = Table {
    name: "order",
    version: 1,
    key: &[
        Column::of("group", ColumnKind::Text),
        Column::of("id", ColumnKind::Id),
        Column::of("at", ColumnKind::Timestamp),
    ],
    columns: &[
        Column::maybe("select", ColumnKind::Integer),
        Column::of("flag", ColumnKind::Boolean),
        Column::of("details", ColumnKind::Json),
        Column::maybe("text_of_it", ColumnKind::Canonical),
        Column::maybe("seal", ColumnKind::Bytes),
        Column::of("rank", ColumnKind::Integer),
    ],
};

static NARROW: Table = Table {
    name: "mark",
    version: 1,
    key: &[Column::of("id", ColumnKind::Id)],
    columns: &[],
};

static LISTINGS: [Listing; 3] = [
    Listing {
        name: "rank",
        table: &WIDE,
        equal: &["flag", "group", "select"],
        order: "rank",
    },
    Listing {
        name: "at",
        table: &WIDE,
        equal: &[],
        order: "at",
    },
    Listing {
        name: "seal",
        table: &WIDE,
        equal: &["seal"],
        order: "group",
    },
];

fn schema() -> Schema {
    let listings: Vec<_> = LISTINGS.iter().collect();
    Schema::new().table(&WIDE, &listings).table(&NARROW, &[])
}

/// Makes rows of one table.
struct Wide;

impl Projection for Wide {
    fn name(&self) -> &'static str {
        "wide"
    }

    fn tables(&self) -> &'static [&'static Table] {
        static TABLES: [&Table; 1] = [&WIDE];
        &TABLES
    }

    fn apply(&self, _: &Event) -> Vec<RowChange> {
        Vec::new()
    }
}

fn generation() -> Generation {
    let projected = schema().projected_by(&[&Wide]);
    Generation::of(&projected).expect("it is projected")
}

/// What makes every table and index.
fn definitions(dialect: Dialect) -> Vec<String> {
    let schema = schema();
    let tables = schema.tables.iter();
    let tables = tables.flat_map(|table| create_table(table, dialect));
    let mut all = create_core(dialect);
    all.extend(tables.collect::<Vec<_>>());
    all.extend(schema.listings.iter().map(|it| create_index(it)));
    if dialect == Dialect::Postgres {
        all.push(create_generations(dialect));
        all.extend(create_generation(&schema, &generation(), dialect));
    }
    all
}

async fn sqlite() -> SqliteConnection {
    let options = SqliteConnectOptions::new().in_memory(true);
    let mut connection = options.connect().await.expect("in memory");
    for text in definitions(Dialect::Sqlite) {
        let made = connection.execute(AssertSqlSafe(text.clone())).await;
        made.unwrap_or_else(|error| panic!("{text}: {error}"));
    }
    connection
}

#[tokio::test]
async fn sqlite_prepares_every_statement() {
    let mut connection = sqlite().await;
    let statements = Statements::of(&schema(), Dialect::Sqlite, None).all();
    assert!(statements.len() > 300);
    for sql in statements {
        let prepared = connection
            .prepare(sqlx::SqlSafeStr::into_sql_str(AssertSqlSafe(sql.clone())))
            .await;
        prepared.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

#[tokio::test]
async fn postgres_prepares_every_statement() {
    assert!(
        PostgresServer::is_installed(),
        "needs PostgreSQL: apt-get install postgresql-15"
    );
    let server = PostgresServer::start().expect("it starts");
    let mut connection = PgConnection::connect(&server.url())
        .await
        .expect("it answers");
    for text in definitions(Dialect::Postgres) {
        let made = connection.execute(AssertSqlSafe(text.clone())).await;
        made.unwrap_or_else(|error| panic!("{text}: {error}"));
    }
    let generation = generation();
    let alone = Statements::of(&schema(), Dialect::Postgres, None).all();
    let beside = Statements::of(&schema(), Dialect::Postgres, Some(&generation)).all();
    let gated = beside.iter().filter(|sql| sql.contains("LEAST"));
    // A row by its key, and a listing in each shape: three of them.
    assert_eq!(gated.count(), 1 + 3 * 16);
    for sql in alone.into_iter().chain(beside) {
        let prepared = connection
            .prepare(sqlx::SqlSafeStr::into_sql_str(AssertSqlSafe(sql.clone())))
            .await;
        prepared.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

/// The plan that SQLite makes for a statement.
async fn plan(connection: &mut SqliteConnection, sql: &str) -> String {
    let text = format!("EXPLAIN QUERY PLAN {sql}");
    let rows = connection.fetch_all(AssertSqlSafe(text)).await;
    let rows = rows.expect("a plan");
    let steps = rows
        .iter()
        .map(|row| row.get::<Cow<'_, str>, _>("detail").into_owned());
    steps.collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn no_statement_of_the_write_path_reads_a_whole_table() {
    let mut connection = sqlite().await;
    let statements = Statements::of(&schema(), Dialect::Sqlite, None);
    let keyed = statements.tables.values();
    let keyed = keyed.flat_map(|it| [&it.fetch.0[0], &it.fetch.0[7], &it.delete.0[7]]);
    let listed = statements.listings.values().flatten();
    let fixed = &statements.fixed;
    let fixed = [
        &fixed.load,
        &fixed.read_log,
        &fixed.first_tenant,
        &fixed.next_tenant,
        &fixed.due,
        &fixed.audit,
        &fixed.disclosures,
        &fixed.dead_letters,
        &fixed.expired_answers,
        &fixed.old_marks,
        &fixed.head,
    ];
    for sql in keyed.chain(listed).chain(fixed) {
        let plan = plan(&mut connection, sql).await;
        let scans = |step: &str| {
            step.starts_with("SCAN") && !step.ends_with("CLAUSE") && !step.ends_with("ROW")
        };
        let scan = plan.split("; ").find(|step| scans(step));
        assert!(scan.is_none(), "{sql}: {plan}");
        assert!(!plan.contains("TEMP B-TREE FOR ORDER BY"), "{sql}: {plan}");
    }
}
