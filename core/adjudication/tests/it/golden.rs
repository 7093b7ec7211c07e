//! A case and its decision as they were written once: what is kept is decided in the same bytes by every later version.

use std::path::PathBuf;

use medcover_adjudication::{Case, adjudicate};

fn read(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden");
    std::fs::read_to_string(folder.join(name)).expect("a golden file")
}

#[test]
fn kept_cases_are_decided_in_the_bytes_that_were_kept() {
    for name in ["consultation", "visits"] {
        let case: Case = serde_json::from_str(&read(&format!("{name}.case.json"))).expect("a case");
        let decided = adjudicate(&case)
            .expect("a case that fits together")
            .canonical_json();
        assert_eq!(
            decided,
            read(&format!("{name}.adjudication.json")).trim_end(),
            "{name}"
        );
    }
}
