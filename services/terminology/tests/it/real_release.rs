//! The release of April 2026 as published: taken from `target/sources/`, or fetched into it with pip.

use std::collections::HashMap;
use std::fs;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use medcover_terminology::load::fetch::Fetcher;
use medcover_terminology::load::{self, Input, LoadReport, Quiet, SystemKind};
use medcover_terms::Release;
use medcover_terms::search::{Query, Scratch};
use medcover_terms::source::{Level, Source};

/// The member of the package that lists its codes: without dots, blocks of one category by that category's name.
const CODE_LIST: &str = "simple_icd_10_cm/data/code-list-April-2026.txt";

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The package, or `None` with a printed reason where it cannot be had.
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
pub(crate) fn package() -> Option<Vec<Input>> {
    let fetcher = Fetcher {
        folder: workspace().join("target/sources"),
        enabled: true,
    };
    fetcher
        .known("icd10cm", &mut Quiet)
        .inspect_err(|error| println!("skipped, the release cannot be had: {error}"))
        .ok()
}

fn load_release(inputs: &[Input]) -> (Source, LoadReport) {
    load::read(inputs, &SystemKind::Icd10Cm, &mut Quiet).expect("the published release can be read")
}

/// The release of the package alone, read once for all tests.
pub(crate) fn release() -> Option<&'static (Source, LoadReport)> {
    static RELEASE: LazyLock<Option<(Source, LoadReport)>> =
        LazyLock::new(|| package().map(|inputs| load_release(&inputs)));
    RELEASE.as_ref()
}

#[test]
fn every_code_of_the_published_list_is_there_and_none_extra() {
    let Some((inputs, (source, _))) = package().zip(release()) else {
        return;
    };
    let mut archive = zip::ZipArchive::new(Cursor::new(&inputs[0].bytes[..])).unwrap();
    let mut listed = String::new();
    archive
        .by_name(CODE_LIST)
        .unwrap()
        .read_to_string(&mut listed)
        .unwrap();
    let mut ours: Vec<String> = source
        .concepts
        .iter()
        .map(|it| match it.code.split_once('-') {
            Some((first, last)) if first == last => first.to_owned(),
            _ => it.code.replace('.', ""),
        })
        .collect();
    let mut theirs: Vec<&str> = listed.lines().map(str::trim).collect();
    ours.sort_unstable();
    theirs.sort_unstable();
    assert_eq!(ours, theirs);
}

#[test]
fn the_release_has_its_known_size() {
    let Some((source, report)) = release() else {
        return;
    };
    println!("{report}");
    assert_eq!(report.billable, 74_719);
    assert_eq!(report.by_level, [22, 297, 1_918, 44_963, 51_305]);
    assert_eq!(source.version, "2026-04-01");
    for (place, concept) in source.concepts.iter().enumerate() {
        assert!(
            concept
                .parent
                .is_none_or(|parent| (parent as usize) < place)
        );
        assert!((1..=22).contains(&concept.chapter), "{}", concept.code);
        assert!(!concept.title.is_empty());
    }
}

#[test]
fn seventh_characters_are_where_coders_expect_them() {
    let Some((source, _)) = release() else { return };
    let places: HashMap<&str, usize> = source
        .concepts
        .iter()
        .enumerate()
        .map(|(place, it)| (it.code.as_str(), place))
        .collect();
    for (code, title) in [
        (
            "T07.XXXA",
            "Unspecified multiple injuries, initial encounter",
        ),
        (
            "S52.041A",
            "Displaced fracture of coronoid process of right ulna, initial encounter for closed fracture",
        ),
        (
            "W21.89XA",
            "Striking against or struck by other sports equipment, initial encounter",
        ),
        (
            "O31.00X0",
            "Papyraceous fetus, unspecified trimester, not applicable or unspecified",
        ),
    ] {
        let concept = &source.concepts[places[code]];
        assert_eq!((concept.level, &*concept.title), (Level::Extended, title));
    }
    for (header, default) in [
        ("J45", "J45.909"),
        ("I21", "I21.9"),
        ("E11", "E11.9"),
        ("N04", "N04.9"),
        ("S61.210", "S61.210A"),
    ] {
        let named = source.concepts[places[header]].default.unwrap();
        assert_eq!(source.concepts[named as usize].code, default);
    }
    assert!(!places.contains_key("S06.307D"), "a note takes it away");
}

#[test]
fn nearly_every_note_with_codes_is_read() {
    let Some((_, report)) = release() else { return };
    let share = 1.0 - report.notes_unread as f64 / report.notes_with_codes as f64;
    println!(
        "{} references in {} notes; read whole: {:.2} %",
        report.references,
        report.notes_with_codes,
        100.0 * share
    );
    for warning in &report.warnings {
        println!("{warning}");
    }
    assert!(share > 0.99);
}

#[test]
fn the_order_file_of_another_year_is_merged_with_warnings() {
    let Some(mut inputs) = package() else { return };
    let path = workspace().join("../shared/data/icd10cm/2025-code-descriptions-tabular-order.zip");
    let Ok(bytes) = fs::read(&path) else {
        println!("skipped, there is no {}", path.display());
        return;
    };
    inputs.push(Input {
        name: "order.zip".into(),
        bytes,
    });
    let (source, report) = load_release(&inputs);
    for warning in &report.warnings {
        println!("{warning}");
    }
    let shortened = source
        .concepts
        .iter()
        .filter(|it| it.short_title.is_some())
        .count();
    assert!(shortened > 97_000, "{shortened}");
    assert!(report.billable > 74_000);
}

#[test]
fn the_first_page_is_the_beginning_of_all_pages() {
    let Some((source, _)) = release() else {
        return;
    };
    let compiled = medcover_terms::compile(source, "test").expect("the release compiles");
    let compiled = Release::open(compiled).expect("just compiled");
    let mut scratch = Scratch::new();
    for (number, concept) in source.concepts.iter().step_by(131).enumerate() {
        // The whole title, its beginning, and its words without one of them.
        let words: Vec<_> = concept.title.split(' ').collect();
        let text = match number % 3 {
            0 => concept.title.clone(),
            1 => concept.title[..concept.title.len().min(12)]
                .trim()
                .to_owned(),
            _ => words[words.len() / 2..].join(" "),
        };
        let query = Query::new(&text);
        let all = compiled.search(&query, &mut scratch).to_vec();
        for wanted in [1, 11, 40] {
            let first = compiled.search(&Query { wanted, ..query }, &mut scratch);
            assert_eq!(first, &all[..wanted.min(all.len())], "{text}");
        }
    }
}
