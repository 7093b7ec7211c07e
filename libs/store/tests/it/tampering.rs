//! What is done to the file of a store behind its back comes to light, with its place.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use medcover_kernel::{Call, TenantId};
use medcover_store::AuditFaultKind::{
    Added, AnchorChanged, Changed, CutOff, Deleted, Moved, Rewritten,
};
use medcover_store::{
    Append, AuditEntry, AuditFaultKind, AuditOutcome, AuditReport, CanonicalJson, Context, Schema,
    SqliteOptions, SqliteStore, Store, conformance,
};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tempfile::TempDir;
use uuid::Uuid;

/// The person whose records are tampered with; they are all in one chain.
const PERSON: Uuid = Uuid::from_u128(77);

struct Trail {
    folder: TempDir,
    partition: u16,
}

impl Trail {
    /// Nine records about one person, seven of them anchored, in a closed file.
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut trail = Self {
            folder,
            partition: 0,
        };
        let store = trail.open().await;
        append(&store, 7).await;
        store.anchor_audit().await.expect("anchored");
        let records = store.disclosures(TenantId::DEFAULT, PERSON, 0, 10).await;
        trail.partition = records.expect("records")[0].partition;
        append(&store, 2).await;
        store.close().await;
        trail
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("s.db")
    }

    fn anchors(&self) -> PathBuf {
        self.folder.path().join("s.db.anchors")
    }

    async fn open(&self) -> SqliteStore {
        let options = SqliteOptions::new(self.path());
        let store = SqliteStore::open(options, Schema::new(), conformance::clock()).await;
        store.expect("it opens")
    }

    async fn report(&self) -> AuditReport {
        let store = self.open().await;
        let report = store.verify_audit().await.expect("a report");
        store.close().await;
        report
    }

    /// The faults, all of which must be in the one chain.
    async fn faults(&self) -> Vec<(u64, AuditFaultKind)> {
        let faults = self.report().await.faults;
        assert!(faults.iter().all(|it| it.partition == self.partition));
        faults.iter().map(|it| (it.sequence, it.kind)).collect()
    }

    /// Runs SQL on the file as anyone could who has got hold of it.
    async fn tamper(&self, sql: &str) {
        run(&self.path(), sql).await;
    }
}

async fn append(store: &dyn Store, count: usize) {
    append_about(store, "record/1", count).await;
}

async fn append_about(store: &dyn Store, subject: &str, count: usize) {
    for _ in 0..count {
        let entry = AuditEntry {
            action: "record.read".into(),
            subject: subject.to_owned(),
            data_subject: Some(PERSON),
            outcome: AuditOutcome::Done,
            details: CanonicalJson::empty(),
        };
        let append = Append::new(Context::of(&Call::for_tests())).audit(entry);
        store.commit(append).await.expect("it is kept");
    }
}

async fn run(path: &Path, sql: &str) {
    let options = SqliteConnectOptions::new().filename(path);
    let mut connection = options.connect().await.expect("the file");
    let done = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(&mut connection)
        .await;
    done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    connection.close().await.expect("closed");
}

#[tokio::test]
async fn an_untouched_trail_has_no_fault_when_opened_again() {
    let trail = Trail::new().await;
    let report = trail.report().await;
    assert_eq!((report.records, report.chains), (9, 1));
    assert_eq!(report.faults, []);
}

#[tokio::test]
async fn a_changed_record_is_named() {
    let trail = Trail::new().await;
    trail
        .tamper(
            "UPDATE audit SET record = replace(record, 'operator', 'user:0') WHERE sequence = 4",
        )
        .await;
    assert_eq!(trail.faults().await, [(4, Changed)]);
}

#[tokio::test]
async fn a_record_hidden_from_the_accounting_is_named() {
    let trail = Trail::new().await;
    trail
        .tamper("UPDATE audit SET data_subject = NULL WHERE sequence = 4")
        .await;
    assert_eq!(trail.faults().await, [(4, Changed)]);
}

#[tokio::test]
async fn a_removed_record_is_named_even_when_the_others_close_up() {
    let trail = Trail::new().await;
    trail.tamper("DELETE FROM audit WHERE sequence = 4").await;
    assert_eq!(trail.faults().await, [(4, Deleted)]);
    trail
        .tamper("UPDATE audit SET sequence = sequence - 1 WHERE sequence > 4")
        .await;
    let faults = trail.faults().await;
    assert_eq!(faults[0], (4, Moved));
    assert_eq!(faults.last(), Some(&(9, CutOff)));
}

#[tokio::test]
async fn swapped_records_are_named() {
    let trail = Trail::new().await;
    trail
        .tamper(
            "UPDATE audit SET sequence = 99 WHERE sequence = 3;
             UPDATE audit SET sequence = 3 WHERE sequence = 4;
             UPDATE audit SET sequence = 4 WHERE sequence = 99;",
        )
        .await;
    let faults = trail.faults().await;
    assert_eq!(faults[..2], [(3, Moved), (4, Moved)]);
}

#[tokio::test]
async fn a_tail_cut_off_with_its_head_and_anchors_is_known_to_the_anchor_file() {
    let trail = Trail::new().await;
    trail
        .tamper(
            "DELETE FROM audit WHERE sequence > 5;
             DELETE FROM audit_anchor;
             UPDATE audit_head SET sequence = 5,
                 hash = (SELECT hash FROM audit WHERE sequence = 5);",
        )
        .await;
    assert_eq!(trail.faults().await, [(6, CutOff)]);
    // Going on from there does not bring the old records back.
    let store = trail.open().await;
    append_about(&store, "record/2", 6).await;
    store.anchor_audit().await.expect("anchored");
    store.close().await;
    assert_eq!(trail.faults().await, [(7, Rewritten), (9, Rewritten)]);
}

#[tokio::test]
async fn a_whole_chain_that_is_gone_is_named() {
    let trail = Trail::new().await;
    trail
        .tamper("DELETE FROM audit; DELETE FROM audit_head; DELETE FROM audit_anchor;")
        .await;
    assert_eq!(trail.faults().await, [(1, CutOff)]);
}

#[tokio::test]
async fn another_store_put_in_its_place_contradicts_the_anchors() {
    let (trail, other) = (Trail::new().await, Trail::new().await);
    other
        .tamper("DELETE FROM audit; DELETE FROM audit_head; DELETE FROM audit_anchor;")
        .await;
    let store = other.open().await;
    append_about(&store, "record/other", 1).await;
    append(&store, 8).await;
    store.close().await;
    std::fs::copy(other.path(), trail.path()).expect("copied");
    assert_eq!(trail.faults().await, [(7, Rewritten), (9, Rewritten)]);
}

#[tokio::test]
async fn a_forged_record_is_named() {
    let trail = Trail::new().await;
    trail
        .tamper(
            "INSERT INTO audit SELECT tenant_id, chain, 10, data_subject, record, hash
             FROM audit WHERE sequence = 9",
        )
        .await;
    assert_eq!(trail.faults().await, [(10, Moved), (10, Added)]);
}

#[tokio::test]
async fn a_changed_anchor_file_is_named() {
    let trail = Trail::new().await;
    let text = std::fs::read_to_string(trail.anchors()).expect("anchors");
    assert_eq!(text.lines().count(), 2);
    let changed = text.replacen("\"sequence\":7", "\"sequence\":6", 1);
    std::fs::write(trail.anchors(), changed).expect("written");
    let faults = trail.faults().await;
    assert!(faults.contains(&(9, AnchorChanged)), "{faults:?}");
    assert!(faults.contains(&(6, Rewritten)), "{faults:?}");
}

#[tokio::test]
async fn what_was_not_anchored_before_a_kill_is_anchored_at_the_next_start() {
    let trail = Trail::new().await;
    let text = std::fs::read_to_string(trail.anchors()).expect("anchors");
    let first = text.lines().next().expect("a line");
    // As if the process had ended before its last anchor, in the midst of writing it.
    std::fs::write(trail.anchors(), format!("{first}\n{{\"at\":1")).expect("written");
    assert_eq!(trail.faults().await, []);
    let text = std::fs::read_to_string(trail.anchors()).expect("anchors");
    assert!(
        text.lines()
            .last()
            .expect("a line")
            .contains("\"sequence\":9")
    );
    assert_eq!(text.lines().count(), 2);
    assert_eq!(trail.faults().await, []);
}

#[tokio::test]
async fn reading_a_damaged_row_names_it() {
    let trail = Trail::new().await;
    trail
        .tamper("UPDATE audit SET record = '{}' WHERE sequence = 4")
        .await;
    let store = Arc::new(trail.open().await);
    let read = store.disclosures(TenantId::DEFAULT, PERSON, 0, 10).await;
    let error = read.expect_err("it cannot be read").to_string();
    assert!(error.contains("table audit"), "{error}");
}
