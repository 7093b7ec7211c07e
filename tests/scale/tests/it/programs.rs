//! The programs end by themselves, with what was asked for or with one line that says what is wrong.

use std::process::{Command, Output};

const GENERATE: &str = env!("CARGO_BIN_EXE_generate-terms");
const BENCH: &str = env!("CARGO_BIN_EXE_bench-tables");

fn run(program: &str, arguments: &[&str]) -> Output {
    let output = Command::new(program).args(arguments).output();
    output.expect("it starts")
}

#[test]
fn what_is_wrong_with_a_command_line_is_told_in_one_line() {
    for (program, arguments, told) in [
        (GENERATE, &["--rows", "ten"][..], "'ten'"),
        (GENERATE, &["--rows", "5"], "5 is not in 1000..=100000000"),
        (GENERATE, &[], "--rows <N>"),
        (GENERATE, &["--rows", "1000", "--colour"], "'--colour'"),
        (BENCH, &["--rows", "0"], "0 is not in 1000..=100000000"),
        (BENCH, &["--asked", "-3"], "'-3'"),
        (BENCH, &["fast"], "'fast'"),
    ] {
        let output = run(program, arguments);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{arguments:?}: {error}");
        assert!(error.contains(told), "{arguments:?}: {error}");
    }
}

#[test]
fn rows_go_to_a_file_or_to_standard_output_and_a_place_that_takes_none_is_named() {
    let printed = run(GENERATE, &["--rows", "1000", "--seed", "3"]);
    assert!(printed.status.success(), "{printed:?}");
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("rows.tsv");
    let place = place.to_str().expect("text");
    let written = run(GENERATE, &["--rows", "1000", "--seed", "3", "--out", place]);
    assert!(written.status.success(), "{written:?}");
    assert_eq!(std::fs::read(place).expect("it is there"), printed.stdout);
    let nowhere = format!("{place}/below");
    let refused = run(GENERATE, &["--rows", "1000", "--out", &nowhere]);
    assert_eq!(refused.status.code(), Some(1));
    let error = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(error.contains(&nowhere), "{error}");
}

#[test]
fn a_dry_run_of_the_bench_tells_every_query_and_every_ratio() {
    let arguments = [
        "--rows",
        "5000",
        "--small-rows",
        "2000",
        "--asked",
        "8",
        "--seconds",
        "1",
    ];
    let output = run(BENCH, &arguments);
    let page = String::from_utf8_lossy(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let (_, queries) = page.split_once("## Queries").expect("queries");
    let (queries, ratios) = queries.split_once("## Ratios").expect("ratios");
    let rows = |text: &str| text.lines().filter(|line| line.contains("| `idx_")).count();
    assert_eq!(rows(queries), 15, "{queries}");
    for ratio in [
        "three SQL searches at once",
        "trigram index ÷ none",
        "partitions ÷ one table",
        "primary with two replicas ÷ alone",
        "cached ÷ uncached searches",
        "database queries saved by the cache",
        "kept and balanced connections to PostgreSQL",
        "kept and balanced calls between processes",
    ] {
        assert!(ratios.contains(ratio), "{ratio}: {ratios}");
    }
    assert!(!ratios.contains("NaN"), "{ratios}");
}
