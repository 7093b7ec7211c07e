//! `core/*` computes and does nothing else: no files, sockets, threads, processes, environment or awaiting.

use std::path::PathBuf;

use anyhow::Result;

use crate::source::{self, Source};

/// What a pure crate never names outside its tests.
const DOORS: [&str; 8] = [
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "async fn",
    ".await",
];

pub(crate) fn violations(files: &[PathBuf]) -> Result<Vec<String>> {
    Ok(source::rust_files(files, "core")?
        .iter()
        .filter(|file| is_product(file))
        .flat_map(opened_doors)
        .collect())
}

fn is_product(file: &Source) -> bool {
    file.path.iter().any(|part| part == "src")
}

fn opened_doors(file: &Source) -> Vec<String> {
    let open = |line: &str| DOORS.into_iter().find(|door| line.contains(door));
    let lines = source::product_lines(&file.text);
    let found = lines.filter_map(|(number, line)| open(line).map(|door| (number, door)));
    found
        .map(|(number, door)| {
            format!(
                "{}:{number}: core is pure, but names `{door}`",
                file.path.display()
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_and_output_are_found_outside_tests_only() {
        let text = "//! std::fs in words is fine.\nuse std::fs::File;\n#[cfg(test)]\nmod tests { use std::fs; }";
        let file = Source {
            path: "core/terms/src/lib.rs".into(),
            text: text.into(),
        };
        assert_eq!(
            opened_doors(&file),
            ["core/terms/src/lib.rs:2: core is pure, but names `std::fs`"]
        );
    }
}
