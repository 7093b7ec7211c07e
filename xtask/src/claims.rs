//! `docs/claims.md`: each claimed mark of the catalogue, and the evidence that has to exist for it. `docs/defects.md`: each
//! defect known from elsewhere, and the test that would catch it here.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Parser as _;

use crate::source::{self, Source};
use crate::workspace::{self, Member};

const CLAIMS: &str = "docs/claims.md";
const DEFECTS: &str = "docs/defects.md";
const CATALOGUE: &str = "docs/features.md";

/// One row of the table.
#[derive(Debug, PartialEq)]
struct Claim<'a> {
    line: usize,
    mark: &'a str,
    evidence: Vec<Evidence<'a>>,
}

/// What shows that a claim holds.
#[derive(Debug, PartialEq)]
enum Evidence<'a> {
    /// `test medcover-terms::search::finds_transposed_letters`
    Test { package: &'a str, path: &'a str },
    /// `cargo xtask relevance`, without its first two words.
    Xtask(&'a str),
    /// `docs/bench/relevance.json`
    File(&'a str),
    /// Anything else between backticks.
    Unknown(&'a str),
}

/// Every claim whose mark is unknown or whose evidence is gone.
pub(crate) fn violations(members: &[Member], files: &[PathBuf]) -> Result<Vec<String>> {
    let catalogue = source::read(Path::new(CATALOGUE))?;
    let marks = marks(&catalogue.text);
    let mut found = Vec::new();
    for page in [CLAIMS, DEFECTS] {
        let told = source::read(Path::new(page))?;
        for claim in parse(&told.text) {
            for fault in faults(&claim, &marks, members, files)? {
                found.push(format!("{page}:{}: {}: {fault}", claim.line, claim.mark));
            }
        }
    }
    Ok(found)
}

fn faults(
    claim: &Claim<'_>,
    marks: &[&str],
    members: &[Member],
    files: &[PathBuf],
) -> Result<Vec<String>> {
    let mut found = Vec::new();
    if !marks.contains(&claim.mark) {
        found.push(format!("{CATALOGUE} has no such mark"));
    }
    if claim.evidence.is_empty() {
        found.push("a claim needs evidence".to_owned());
    }
    for evidence in &claim.evidence {
        found.extend(fault(evidence, members, files)?);
    }
    Ok(found)
}

fn fault(evidence: &Evidence<'_>, members: &[Member], files: &[PathBuf]) -> Result<Option<String>> {
    Ok(match *evidence {
        Evidence::Test { package, path } => {
            match members.iter().find(|member| member.name == package) {
                None => Some(format!("no crate is named {package}")),
                Some(member) if has_test(&source::rust_files(files, &member.folder)?, path) => None,
                Some(member) => Some(format!("{} has no test {path}", member.folder)),
            }
        }
        Evidence::Xtask(arguments) => {
            let words = ["cargo xtask"]
                .into_iter()
                .chain(arguments.split_whitespace());
            crate::Cli::try_parse_from(words)
                .is_err()
                .then(|| format!("`cargo xtask {arguments}` is not a command"))
        }
        Evidence::File(path) => {
            let missing = !workspace::root().join(path).is_file();
            missing.then(|| format!("{path} does not exist"))
        }
        Evidence::Unknown(text) => Some(format!(
            "`{text}` is neither a test, a command nor a file of docs/bench"
        )),
    })
}

/// Whether a source defines the test, its module path being told by folders, file names or `mod` lines.
fn has_test(sources: &[Source], path: &str) -> bool {
    let mut modules: Vec<_> = path.split("::").collect();
    let name = modules.pop().unwrap_or_default();
    let lies_in = |source: &Source, module: &str| {
        let by_path = source.path.iter().any(|part| {
            Path::new(part)
                .file_stem()
                .is_some_and(|stem| stem == module)
        });
        by_path
            || source
                .text
                .lines()
                .any(|line| source::has_word(line, "mod") && source::has_word(line, module))
    };
    let here = |source: &&Source| modules.iter().all(|module| lies_in(source, module));
    sources
        .iter()
        .filter(here)
        .any(|source| source::defines_test(&source.text, name))
}

/// The rows of the tables of `text`; heads and rules of tables are left out.
fn parse(text: &str) -> Vec<Claim<'_>> {
    let rows = text
        .lines()
        .enumerate()
        .filter_map(|(index, line)| Some((index + 1, cells(line)?)));
    let rows = rows.filter(|(_, cells)| !is_table_head(cells));
    rows.map(|(line, cells)| Claim {
        line,
        mark: cells[0],
        evidence: cells
            .last()
            .map(|cell| quoted(cell).map(evidence).collect())
            .unwrap_or_default(),
    })
    .collect()
}

/// The marks that the catalogue's tables define.
fn marks(text: &str) -> Vec<&str> {
    let rows = text
        .lines()
        .filter_map(cells)
        .filter(|cells| !is_table_head(cells));
    rows.filter_map(|cells| cells[0].split_whitespace().next())
        .collect()
}

fn cells(line: &str) -> Option<Vec<&str>> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    Some(inner.split('|').map(str::trim).collect())
}

fn is_table_head(cells: &[&str]) -> bool {
    cells[0].eq_ignore_ascii_case("mark") || cells[0].starts_with('-') || cells[0].starts_with(':')
}

/// What stands between backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

fn evidence(text: &str) -> Evidence<'_> {
    if let Some((package, path)) = text
        .strip_prefix("test ")
        .and_then(|rest| rest.split_once("::"))
    {
        return Evidence::Test { package, path };
    }
    if let Some(arguments) = text.strip_prefix("cargo xtask ") {
        return Evidence::Xtask(arguments);
    }
    if text.starts_with("docs/bench/") {
        Evidence::File(text)
    } else {
        Evidence::Unknown(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::{Workspace, files};

    #[test]
    fn every_claim_of_this_repository_has_its_evidence() {
        let workspace = Workspace::read().unwrap();
        assert_eq!(
            violations(&workspace.members, &files().unwrap()).unwrap(),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_row_is_read_with_all_its_evidence() {
        let text = "About.\n\n| mark | what works | evidence |\n|---|---|---|\n\
                    | T2 | codes and words | `test medcover-terms::complete::any_order`, `cargo xtask bench search`, `docs/bench/a.json`, `faith` |\n";
        let evidence = vec![
            Evidence::Test {
                package: "medcover-terms",
                path: "complete::any_order",
            },
            Evidence::Xtask("bench search"),
            Evidence::File("docs/bench/a.json"),
            Evidence::Unknown("faith"),
        ];
        assert_eq!(
            parse(text),
            [Claim {
                line: 5,
                mark: "T2",
                evidence
            }]
        );
    }

    #[test]
    fn evidence_that_exists_has_no_fault() {
        let workspace = Workspace::read().unwrap();
        let here = Evidence::Test {
            package: "xtask",
            path: "claims::tests::evidence_that_exists_has_no_fault",
        };
        assert_eq!(
            fault(&here, &workspace.members, &files().unwrap()).unwrap(),
            None
        );
        assert_eq!(fault(&Evidence::Xtask("lint"), &[], &[]).unwrap(), None);
    }

    #[test]
    fn evidence_that_is_gone_is_named() {
        let workspace = Workspace::read().unwrap();
        let fault = |evidence| {
            fault(&evidence, &workspace.members, &files().unwrap())
                .unwrap()
                .unwrap()
        };
        let other_module = Evidence::Test {
            package: "xtask",
            path: "steps::evidence_that_is_gone_is_named",
        };
        assert_eq!(
            fault(other_module),
            "xtask has no test steps::evidence_that_is_gone_is_named"
        );
        assert_eq!(
            fault(Evidence::Test {
                package: "medcover-magic",
                path: "x"
            }),
            "no crate is named medcover-magic"
        );
        assert_eq!(
            fault(Evidence::Xtask("conjure")),
            "`cargo xtask conjure` is not a command"
        );
        assert_eq!(
            fault(Evidence::File("docs/bench/never.json")),
            "docs/bench/never.json does not exist"
        );
    }

    #[test]
    fn a_claim_needs_a_known_mark_and_some_evidence() {
        let claim = Claim {
            line: 1,
            mark: "Z9",
            evidence: Vec::new(),
        };
        let found = faults(&claim, &["T1"], &[], &[]).unwrap();
        assert_eq!(
            found,
            [
                "docs/features.md has no such mark",
                "a claim needs evidence"
            ]
        );
    }

    #[test]
    fn marks_of_rows_that_go_beyond_are_read_too() {
        assert_eq!(
            marks("| mark | feature |\n|---|---|\n| T1 | search |\n| T12 *beyond* | rules |"),
            ["T1", "T12"]
        );
    }
}
