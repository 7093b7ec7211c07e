//! The drill with real kills, a few of them.

use medcover_simulation::drill::{Drill, kill};

#[tokio::test(flavor = "multi_thread")]
async fn ten_kills_lose_nothing_and_double_nothing() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let drill = Drill {
        program: env!("CARGO_BIN_EXE_drill").into(),
        folder: folder.path().to_owned(),
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
}
