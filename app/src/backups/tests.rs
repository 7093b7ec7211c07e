//! Back-ups of a process, on a clock that moves when told.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{Clock, ManualClock, Timestamp};
use medcover_telemetry::Metrics;

use super::{BackupConfig, Backups, Listed, Target};
use crate::roles::Role;
use crate::settings::{DataConfig, Settings};
use crate::state::State;

const MINUTE: Duration = Duration::from_mins(1);

struct House {
    clock: Arc<ManualClock>,
    backups: Backups,
    metrics: Metrics,
    state: State,
}

impl House {
    async fn new(dir: &Path, backup: BackupConfig) -> Self {
        let settings = Settings {
            roles: vec![Role::Auth],
            data: DataConfig {
                dir: dir.to_owned(),
            },
            backup,
            ..Settings::default()
        };
        let clock = Arc::new(ManualClock::at(Timestamp::from_micros(
            1_775_001_600_000_000,
        )));
        let shared: Arc<dyn Clock> = clock.clone();
        let roles = settings.roles().expect("roles");
        let state = State::open(&settings, &roles, &shared).await;
        let state = state.expect("it opens");
        let metrics = Metrics::default();
        Self {
            backups: Backups::new(&settings, &state, &shared).shown_in(&metrics),
            clock,
            metrics,
            state,
        }
    }

    fn kept(&self) -> Vec<Timestamp> {
        let listed = self.backups.folder().list().expect("listed");
        listed.iter().filter_map(Listed::made_at).collect()
    }

    /// The same a minute later, and so on.
    async fn live(&self, minutes: u32) {
        for _ in 0..minutes {
            self.clock.advance(MINUTE);
            self.backups.look().await;
        }
    }
}

#[tokio::test]
async fn they_are_made_on_time_and_the_oldest_go() {
    let dir = tempfile::tempdir().expect("a folder");
    let config = BackupConfig {
        every_hours: 1,
        keep: 2,
        ..BackupConfig::default()
    };
    let house = House::new(dir.path(), config).await;
    let began = house.clock.now();
    let after = |minutes| began.plus(MINUTE * minutes);
    house.backups.look().await;
    assert_eq!(house.kept(), [began]);
    house.live(59).await;
    assert_eq!(house.kept(), [began]);
    house.live(1).await;
    assert_eq!(house.kept(), [after(60), began]);
    house.live(125).await;
    assert_eq!(house.kept(), [after(180), after(120)]);
    assert!(!house.backups.seen().1, "the newest is five minutes old");
    let text = house.metrics.text();
    for line in [
        "medcover_backups_total{outcome=\"made\"} 4",
        "medcover_backups_kept 2.0",
        "medcover_backup_late 0.0",
    ] {
        assert!(text.lines().any(|it| it == line), "{line} is not in {text}");
    }
    // Nobody makes one when nothing is said.
    let other = tempfile::tempdir().expect("a folder");
    let idle = House::new(other.path(), BackupConfig::default()).await;
    idle.live(100).await;
    assert!(idle.kept().is_empty() && !idle.backups.is_watched());
}

#[tokio::test]
async fn what_fails_is_tried_again_and_told_and_in_the_end_it_is_late() {
    let dir = tempfile::tempdir().expect("a folder");
    let config = BackupConfig {
        every_hours: 1,
        ..BackupConfig::default()
    };
    let house = House::new(dir.path(), config).await;
    house.backups.look().await;
    let folder = house.backups.folder();
    // A file stands where the folder was.
    std::fs::remove_dir_all(folder.path()).expect("removed");
    std::fs::write(folder.path(), "").expect("written");
    house.live(71).await;
    let (standing, late) = house.backups.seen();
    assert_eq!(
        (standing.made, standing.failed),
        (1, 2),
        "ten minutes apart"
    );
    assert!(standing.fault.is_some() && !late);
    house.live(50).await;
    assert!(
        house.backups.seen().1,
        "the newest is two hours old and a minute"
    );
    std::fs::remove_file(folder.path()).expect("removed");
    house.live(10).await;
    let (standing, late) = house.backups.seen();
    assert!(standing.fault.is_none() && !late);
    assert_eq!(house.kept().len(), 1);
}

#[tokio::test]
async fn the_newest_is_tried_on_time_and_a_damaged_one_is_told_of() {
    let dir = tempfile::tempdir().expect("a folder");
    let config = BackupConfig {
        every_hours: 24,
        drill_every_hours: 2,
        ..BackupConfig::default()
    };
    let house = House::new(dir.path(), config).await;
    let drilled = || house.backups.seen().0.drill.expect("it was tried");
    house.backups.look().await;
    assert!(drilled().faults.is_empty(), "{:?}", drilled().faults);
    let first = drilled().at;
    let listed = house.backups.folder().list().expect("listed");
    let file = listed[0].path.join("data/auth/store.db");
    let mut bytes = std::fs::read(&file).expect("a file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).expect("written");
    house.live(119).await;
    assert_eq!(drilled().at, first);
    house.live(1).await;
    let told = drilled().faults.join(" ");
    assert!(told.contains("checksum differs"), "{told}");
    let left: Vec<_> = std::fs::read_dir(house.backups.folder().path())
        .expect("a folder")
        .filter_map(|it| Some(it.ok()?.file_name()))
        .filter(|name| name.to_string_lossy().starts_with(".work-"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn one_is_as_the_state_was_and_is_restored_so() {
    let dir = tempfile::tempdir().expect("a folder");
    let house = House::new(dir.path(), BackupConfig::default()).await;
    let clock: Arc<dyn Clock> = house.clock.clone();
    let now = super::totals(&house.state, &clock)
        .await
        .expect("it stands");
    let folder = house.backups.folder();
    let (name, manifest) = house.backups.make(&folder).await.expect("it is made");
    assert_eq!(manifest.totals, now);
    let drilled = house
        .backups
        .drill(Some(Path::new(&name)), Target::Copied)
        .await;
    let drilled = drilled.expect("it can be restored");
    assert_eq!((drilled.totals, drilled.faults), (now, Vec::new()));
}
