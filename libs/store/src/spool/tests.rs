use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use medcover_kernel::{Call, EventId, ManualClock};
use tempfile::TempDir;

use super::*;
use crate::{AuditEntry, AuditOutcome, CanonicalJson, Context};

const ROOM: u64 = 1024 * 1024;

fn clock() -> Arc<dyn Clock> {
    Arc::new(ManualClock::at(Timestamp::from_micros(0)))
}

fn read(number: usize) -> Append {
    Append::new(Context::of(&Call::for_tests())).audit(AuditEntry {
        action: "patient.read".into(),
        subject: format!("patient/{number}"),
        data_subject: None,
        outcome: AuditOutcome::Done,
        details: CanonicalJson::empty(),
    })
}

fn open(folder: &Path, max_bytes: u64) -> Arc<AuditSpool> {
    let folder = folder.join("spool");
    let options = SpoolOptions { folder, max_bytes };
    Arc::new(AuditSpool::open(options, clock()).expect("it opens"))
}

fn found(folder: &Path) -> Vec<SpoolFile> {
    spool_files(&folder.join("spool")).expect("it can be read")
}

fn path(folder: &Path) -> PathBuf {
    folder.join("spool").join(&found(folder)[0].name)
}

/// A trail that can be away, and refuses what it has had.
#[derive(Default)]
struct Kept {
    away: AtomicBool,
    appends: Mutex<Vec<Append>>,
    marks: Mutex<Vec<EventId>>,
}

impl Kept {
    fn subjects(&self) -> Vec<String> {
        let appends = self.appends.lock().expect("no panic");
        let entries = appends.iter().flat_map(|it| &it.audit);
        entries.map(|it| it.subject.clone()).collect()
    }
}

#[async_trait]
impl Trail for Arc<Kept> {
    fn is_there(&self) -> bool {
        !self.away.load(Ordering::Relaxed)
    }

    async fn commit(&self, append: Append) -> Result<(), CommitError> {
        let mark = append.inbox[0].clone();
        let mut marks = self.marks.lock().expect("no panic");
        if marks.contains(&mark.event) {
            let (consumer, event) = (mark.consumer, mark.event);
            return Err(CommitError::AlreadyHandled { consumer, event });
        }
        marks.push(mark.event);
        self.appends.lock().expect("no panic").push(append);
        Ok(())
    }
}

/// Relays until nothing waits.
async fn relayed(spool: &Arc<AuditSpool>, trail: &Arc<Kept>) {
    let relaying = tokio::spawn(relay(Arc::clone(spool), Arc::clone(trail)));
    while spool.shared.waits() {
        tokio::task::yield_now().await;
    }
    relaying.abort();
}

async fn filled(folder: &TempDir, count: usize) {
    let spool = open(folder.path(), ROOM);
    for number in 0..count {
        spool.keep(&read(number)).await.expect("it is kept");
    }
}

fn subjects(count: usize) -> Vec<String> {
    (0..count).map(|it| format!("patient/{it}")).collect()
}

#[tokio::test]
async fn what_was_kept_is_there_after_the_process_was_killed_and_is_relayed_in_order_and_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    filled(&folder, 5).await;
    let spool = open(folder.path(), ROOM);
    assert_eq!(spool.status().waiting, 5);
    // A file that is left from before is not added to.
    spool.keep(&read(5)).await.expect("it is kept");
    assert_eq!(found(folder.path()).len(), 2);
    let trail = Arc::<Kept>::default();
    relayed(&spool, &trail).await;
    assert_eq!(trail.subjects(), subjects(6));
    assert_eq!(spool.status(), SpoolStatus::default());
    assert!(found(folder.path()).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_come_at_once_are_all_kept_in_one_chain() {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = open(folder.path(), ROOM);
    let keeping = (0..200).map(|number| {
        let spool = Arc::clone(&spool);
        tokio::spawn(async move { spool.keep(&read(number)).await })
    });
    for kept in keeping.collect::<Vec<_>>() {
        kept.await.expect("it ends").expect("it is kept");
    }
    let files = found(folder.path());
    assert_eq!((files.len(), files[0].records), (1, 200));
    assert_eq!((files[0].torn, &files[0].fault), (false, &None));
    let trail = Arc::<Kept>::default();
    relayed(&spool, &trail).await;
    let (mut there, mut all) = (trail.subjects(), subjects(200));
    there.sort();
    all.sort();
    assert_eq!(there, all);
}

#[tokio::test]
async fn a_full_spool_refuses_and_has_room_again_once_it_is_relayed() {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = open(folder.path(), 2_000);
    let mut kept = 0;
    while spool.keep(&read(kept)).await.is_ok() {
        kept += 1;
        assert!(kept < 100, "it is never full");
    }
    assert!(kept > 1);
    assert_eq!(spool.keep(&read(0)).await, Err(SpoolError::Full));
    let status = spool.status();
    assert_eq!(status.waiting, kept as u64);
    assert!(status.bytes <= 2_000, "{status:?}");
    relayed(&spool, &Arc::default()).await;
    spool.keep(&read(0)).await.expect("there is room");
}

#[tokio::test]
async fn what_a_killed_writer_left_is_cut_and_nothing_durable_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    filled(&folder, 3).await;
    let path = path(folder.path());
    let whole = fs::read(&path).expect("it is there");
    for torn in [1, 7, 20, 100] {
        let bytes = [&whole[..], &whole[..torn]].concat();
        fs::write(&path, &bytes).expect("it is written");
        assert!(found(folder.path())[0].torn);
        let spool = open(folder.path(), ROOM);
        assert_eq!(spool.status().waiting, 3);
        assert_eq!(fs::read(&path).expect("it is there"), whole);
    }
}

#[tokio::test]
async fn of_a_damaged_file_what_is_whole_is_relayed_and_the_rest_is_told_of_and_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    filled(&folder, 3).await;
    let path = path(folder.path());
    let mut bytes = fs::read(&path).expect("it is there");
    let last = bytes.len() - 9;
    bytes[last] ^= 1;
    fs::write(&path, &bytes).expect("it is written");
    let trail = Arc::<Kept>::default();
    let spool = open(folder.path(), ROOM);
    relayed(&spool, &trail).await;
    assert_eq!(trail.subjects(), subjects(2));
    let told = spool.status().faults;
    assert!(told.len() == 1 && told[0].contains("record 3"), "{told:?}");
    drop(spool);
    // It stays in sight, and is not relayed again.
    let again = open(folder.path(), ROOM);
    assert!(!again.shared.waits());
    assert_eq!(again.status().faults.len(), 1);
    assert!(found(folder.path())[0].fault.is_some());
}

#[tokio::test]
async fn a_file_that_was_relayed_before_a_crash_has_no_effect_again() {
    let folder = tempfile::tempdir().expect("a folder");
    filled(&folder, 3).await;
    let path = path(folder.path());
    let bytes = fs::read(&path).expect("it is there");
    let trail = Arc::<Kept>::default();
    relayed(&open(folder.path(), ROOM), &trail).await;
    fs::write(&path, &bytes).expect("as if it had not been removed");
    relayed(&open(folder.path(), ROOM), &trail).await;
    assert_eq!(trail.subjects(), subjects(3));
    assert!(found(folder.path()).is_empty());
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_refuses_and_is_tried_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = open(folder.path(), ROOM);
    let in_the_way = folder.path().join("spool");
    fs::write(&in_the_way, "").expect("it is written");
    let refused = spool.keep(&read(0)).await;
    assert!(matches!(refused, Err(SpoolError::Failed(_))), "{refused:?}");
    assert_eq!(spool.status(), SpoolStatus::default());
    fs::remove_file(&in_the_way).expect("it is removed");
    spool.keep(&read(0)).await.expect("it is kept");
}

#[tokio::test]
async fn nothing_is_tried_while_the_database_is_away() {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = open(folder.path(), ROOM);
    let trail = Arc::<Kept>::default();
    trail.away.store(true, Ordering::Relaxed);
    let relaying = tokio::spawn(relay(Arc::clone(&spool), Arc::clone(&trail)));
    spool.keep(&read(0)).await.expect("it is kept");
    spool.keep(&read(1)).await.expect("it is kept");
    // It was not sealed either, or a long outage would leave a file for each second of it.
    assert_eq!(found(folder.path()).len(), 1);
    assert_eq!(spool.status().waiting, 2);
    trail.away.store(false, Ordering::Relaxed);
    while spool.shared.waits() {
        tokio::task::yield_now().await;
    }
    assert_eq!(trail.subjects(), subjects(2));
    relaying.abort();
}
