//! Reading Rust text without a parser: words, tests and what stands before the tests.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::workspace;

/// A text file of the repository.
pub(crate) struct Source {
    /// Relative to the root.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// The Rust files below `folder`, which is relative to the root.
pub(crate) fn rust_files(files: &[PathBuf], folder: &str) -> Result<Vec<Source>> {
    let wanted = |path: &&PathBuf| {
        path.starts_with(folder) && path.extension().is_some_and(|end| end == "rs")
    };
    files.iter().filter(wanted).map(|path| read(path)).collect()
}

/// Reads a file named relative to the root.
pub(crate) fn read(path: &Path) -> Result<Source> {
    let text = std::fs::read_to_string(workspace::root().join(path));
    Ok(Source {
        path: path.to_owned(),
        text: text.with_context(|| format!("cannot read {}", path.display()))?,
    })
}

/// Whether `word` stands in `line` by itself, not as a part of a longer identifier.
pub(crate) fn has_word(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].chars().next_back().is_some_and(part)
            && !line[at + word.len()..].chars().next().is_some_and(part)
    })
}

/// The numbered lines that are neither comments nor behind the first `#[cfg(test)]`.
pub(crate) fn product_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text
        .lines()
        .take_while(|line| !line.trim_start().starts_with("#[cfg(test)]"));
    lines
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(index, line)| (index + 1, line))
}

/// Whether `text` defines a test function of this name, or one that a suite runs over each form of a service.
pub(crate) fn defines_test(text: &str, name: &str) -> bool {
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let defined = |line: &str| {
        line.split_once("fn ")
            .is_some_and(|(_, rest)| has_word(rest, name) && rest.starts_with(name))
    };
    lines.iter().enumerate().any(|(index, line)| {
        defined(line) && (marked_as_test(&lines[..index]) || listed_in_suite(text, name))
    })
}

/// Whether a macro is called with this name in its list: `promises! { claims_go_all_the_way, … }`.
fn listed_in_suite(text: &str, name: &str) -> bool {
    let calls = text.match_indices("! {").filter(|(at, _)| {
        let before = text[..*at].rsplit('\n').next().unwrap_or_default();
        !before.is_empty()
            && before
                .chars()
                .all(|it| it == '_' || it.is_ascii_lowercase())
    });
    let mut lists = calls.filter_map(|(at, start)| text[at + start.len()..].split('}').next());
    lists.any(|list| list.split(',').any(|item| item.trim() == name))
}

/// Whether the attributes right above a function make it a test: `#[test]`, `#[tokio::test(…)]`.
fn marked_as_test(above: &[&str]) -> bool {
    let attributes = above
        .iter()
        .rev()
        .take_while(|line| line.starts_with("#[") || line.starts_with("//"));
    attributes
        .into_iter()
        .any(|line| line.starts_with("#[") && has_word(line, "test") && !line.contains("cfg"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_not_found_inside_a_longer_one() {
        assert!(has_word("use http::Method;", "http"));
        assert!(!has_word("use tower_http::trace;", "http"));
        assert!(!has_word("https", "http"));
    }

    #[test]
    fn product_lines_stop_where_the_tests_begin() {
        let text = "//! About.\nuse std::io;\n\n#[cfg(test)]\nmod tests { use std::fs; }";
        let lines: Vec<_> = product_lines(text).collect();
        assert_eq!(lines, [(2, "use std::io;"), (3, "")]);
    }

    #[test]
    fn only_a_function_marked_as_test_is_a_test() {
        let text = "#[test]\nfn plain() {}\n#[tokio::test(flavor = \"multi_thread\")]\n// why\nasync fn waits() {}\nfn bare() {}";
        assert!(defines_test(text, "plain"));
        assert!(defines_test(text, "waits"));
        assert!(!defines_test(text, "bare"));
        assert!(!defines_test(text, "plai"));
    }

    #[test]
    fn a_function_that_a_suite_lists_is_a_test() {
        let text = "promises! {\n    goes,\n    comes,\n}\nasync fn goes(house: House) {}\nfn comes_back() {}";
        assert!(defines_test(text, "goes"));
        assert!(!defines_test(text, "comes"));
        assert!(!defines_test(text, "comes_back"));
    }
}
