//! The drill with real kills, a few of them.

use std::sync::Arc;

use medcover_simulation::drill::{Drill, Figures, kill};
use medcover_testkit::PostgresServer;

async fn ten_kills(server: Option<PostgresServer>) -> Figures {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let drill = Drill {
        program: env!("CARGO_BIN_EXE_drill").into(),
        folder: folder.path().to_owned(),
        server: server.map(Arc::new),
        times: 10,
        seed: 7,
    };
    let figures = kill(&drill)
        .await
        .unwrap_or_else(|finding| panic!("{finding}"));
    assert_eq!(figures.kills, 10);
    assert!(
        figures.answered > 100 && figures.sent_again > 0,
        "{figures:?}"
    );
    figures
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_kills_lose_nothing_and_double_nothing() {
    ten_kills(None).await;
}

/// What is held against the second model is the same, whichever engine keeps it.
#[tokio::test(flavor = "multi_thread")]
async fn ten_kills_and_crashes_of_postgres_lose_nothing_and_double_nothing() {
    let server = PostgresServer::start().expect("PostgreSQL: apt-get install postgresql-15");
    let figures = ten_kills(Some(server)).await;
    assert!(figures.crashes > 0, "{figures:?}");
}
