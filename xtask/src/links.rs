//! Links between the documents: a relative link of a Markdown file leads to a file or folder that exists.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::source::{self, Source};
use crate::workspace;

pub(crate) fn violations(files: &[PathBuf]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for path in files
        .iter()
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
    {
        found.extend(broken(&source::read(path)?, |target| {
            workspace::root().join(target).exists()
        }));
    }
    Ok(found)
}

fn broken(file: &Source, exists: impl Fn(&Path) -> bool) -> Vec<String> {
    let folder = file.path.parent().unwrap_or(Path::new(""));
    let lines = file.text.lines().enumerate();
    let leads =
        lines.flat_map(|(index, line)| targets(line).map(move |target| (index + 1, target)));
    let broken = leads.filter(|(_, target)| !exists(&folder.join(target)));
    broken
        .map(|(line, target)| format!("{}:{line}: leads nowhere: {target}", file.path.display()))
        .collect()
}

/// The relative targets of `[text](target#part)` in a line.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    let targets = line
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', '#', ' ']).next());
    targets.filter(|target| !target.is_empty() && !target.contains(':') && !target.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_link_must_lead_somewhere() {
        let text =
            "[a](features.md#t1), [b](../README.md) and [c](https://example.org)\n[d](gone.md)";
        let file = Source {
            path: "docs/claims.md".into(),
            text: text.into(),
        };
        let exists = |target: &Path| !target.ends_with("gone.md");
        assert_eq!(
            broken(&file, exists),
            ["docs/claims.md:2: leads nowhere: gone.md"]
        );
    }
}
