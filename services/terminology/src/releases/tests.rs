//! Releases that come, go, and are damaged.

use std::fs;
use std::path::PathBuf;

use medcover_kernel::SystemClock;

use super::Releases;
use crate::load::{Input, Quiet, SystemKind, SystemName};
use crate::load_release;
use crate::testing::{Served, icd10cm};

const TABLE: &str = "code,title\nA1,First thing\nA2,Second thing\n";

fn load_table(data: &std::path::Path, text: &str) {
    let name = SystemName {
        system: "things".to_owned(),
        uri: None,
        title: None,
        version: None,
    };
    let input = Input {
        name: "things.csv".to_owned(),
        bytes: text.as_bytes().to_vec(),
    };
    let kind = SystemKind::Other(name);
    load_release(data, &[input], &kind, None, &SystemClock::new(), &mut Quiet)
        .expect("a good table");
}

fn compiled(served: &Served) -> Vec<PathBuf> {
    let files = fs::read_dir(served.folder.path().join("terminology")).expect("a folder");
    let mut files: Vec<_> = files
        .map(|it| it.expect("an entry").path())
        .filter(|it| it.extension().is_some_and(|it| it == "release"))
        .collect();
    files.sort();
    files
}

/// Another file of the same name, with one byte changed, as damage on the disk would leave it.
fn damage(file: &PathBuf) {
    let mut bytes = fs::read(file).expect("a file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::remove_file(file).expect("removed");
    fs::write(file, bytes).expect("written");
}

#[test]
fn what_another_process_loads_is_served_and_the_old_set_stays_usable() {
    let served = Served::small();
    let releases = served.terminology.releases();
    let before = releases.load_full();
    assert!(!releases.refresh(), "nothing has changed");
    served.load(&icd10cm("2026-10-01"));
    assert!(releases.refresh());
    let after = releases.load();
    assert_eq!(
        after.icd10cm().expect("loaded").label(),
        "icd10cm 2026-10-01"
    );
    assert_eq!(after.all().count(), 2);
    let old = before.icd10cm().expect("still open");
    assert!(old.release().find("E11.65").is_some());
}

#[test]
fn loading_the_same_release_again_leaves_one_file() {
    let served = Served::small();
    let mut changed = icd10cm("2026-04-01");
    changed.concepts[0].title.push_str(", changed");
    served.load(&changed);
    assert!(served.terminology.releases().refresh());
    assert_eq!(compiled(&served).len(), 1);
}

#[test]
fn a_damaged_file_leaves_the_release_before_serving_and_is_named() {
    let served = Served::small();
    served.load(&icd10cm("2026-10-01"));
    let newest = compiled(&served).pop().expect("two files");
    damage(&newest);
    assert!(served.terminology.releases().refresh());
    let set = served.terminology.releases().load();
    assert_eq!(
        set.icd10cm().expect("serving").label(),
        "icd10cm 2026-04-01"
    );
    let problem = &set.problems()[0];
    assert_eq!(problem.release, "icd10cm 2026-10-01");
    assert!(
        problem.what.contains("the checksum does not match"),
        "{}",
        problem.what
    );
    // And so it does after a restart, where there is no set before.
    let again = Releases::open(served.folder.path(), &SystemClock::new());
    assert_eq!(
        again.load().icd10cm().expect("serving").label(),
        "icd10cm 2026-04-01"
    );
    assert_eq!(again.load().problems().len(), 1);
}

#[test]
fn a_damaged_file_is_compiled_again_from_its_kept_source() {
    let served = Served::small();
    load_table(served.folder.path(), TABLE);
    let things = compiled(&served).pop().expect("a file");
    damage(&things);
    let releases = Releases::open(served.folder.path(), &SystemClock::new());
    let set = releases.load();
    assert_eq!(set.problems(), []);
    let labels: Vec<_> = set.current().iter().map(|it| it.label()).collect();
    assert_eq!(labels, ["icd10cm 2026-04-01", "things 1"]);
    assert!(set.current()[1].release().find("a2").is_some());
}

#[test]
fn a_foreign_file_and_a_missing_one_are_refused() {
    for harm in [
        (|file: &PathBuf| fs::write(file, "not a release").expect("written")) as fn(&PathBuf),
        |file| fs::remove_file(file).expect("removed"),
    ] {
        let served = Served::small();
        let folder = served.folder.path().to_owned();
        harm(&compiled(&served)[0]);
        let releases = Releases::open(&folder, &SystemClock::new());
        assert!(releases.load().current().is_empty());
        assert_eq!(releases.load().problems().len(), 1);
    }
}

#[test]
fn a_pointer_that_cannot_be_read_changes_nothing_and_loading_mends_it() {
    let served = Served::small();
    let pointer = served.folder.path().join("terminology/current.json");
    fs::write(&pointer, "{").expect("written");
    let releases = served.terminology.releases();
    assert!(releases.refresh());
    assert!(releases.load().icd10cm().is_ok());
    assert_eq!(releases.load().problems().len(), 1);
    served.load(&icd10cm("2026-10-01"));
    assert!(releases.refresh());
    assert_eq!(releases.load().problems(), []);
}

#[test]
fn a_refused_source_leaves_everything_as_it_was() {
    let served = Served::small();
    let input = Input {
        name: "tabular.xml".to_owned(),
        bytes: b"<ICD10CM.tabular><version>2026".to_vec(),
    };
    let before = compiled(&served);
    let error = load_release(
        served.folder.path(),
        &[input],
        &SystemKind::Icd10Cm,
        None,
        &SystemClock::new(),
        &mut Quiet,
    )
    .expect_err("it is cut");
    assert!(error.to_string().contains("tabular.xml:1"), "{error}");
    assert_eq!(compiled(&served), before);
    assert!(!served.terminology.releases().refresh());
}

#[test]
fn what_was_loaded_answers_right() {
    let served = Served::two_systems();
    let set = served.terminology.releases().load();
    for release in set.all() {
        assert_eq!(release.verify(), Ok(()));
    }
}
