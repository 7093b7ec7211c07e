//! Each workspace dependency has its reason in the decision record on dependencies, and no reason outlives its dependency.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::source;

const RECORD: &str = "docs/adr/0003-dependencies.md";

pub(crate) fn violations() -> Result<Vec<String>> {
    let manifest: toml::Table = source::read(Path::new("Cargo.toml"))?
        .text
        .parse()
        .context("the root Cargo.toml")?;
    differences(&manifest, &source::read(Path::new(RECORD))?.text)
}

fn differences(manifest: &toml::Table, record: &str) -> Result<Vec<String>> {
    let taken = manifest
        .get("workspace")
        .and_then(|part| part.get("dependencies"))
        .and_then(toml::Value::as_table);
    let taken = taken.context("the root Cargo.toml has [workspace.dependencies]")?;
    let foreign = taken
        .iter()
        .filter(|(_, source)| source.get("path").is_none());
    let taken: BTreeSet<_> = foreign.map(|(name, _)| name.as_str()).collect();
    let explained: BTreeSet<_> = record.lines().filter_map(crate_of_row).collect();
    let missing = taken
        .difference(&explained)
        .map(|name| format!("{RECORD}: no reason for `{name}`"));
    let stale = explained
        .difference(&taken)
        .map(|name| format!("{RECORD}: `{name}` is no workspace dependency"));
    Ok(missing.chain(stale).collect())
}

fn crate_of_row(line: &str) -> Option<&str> {
    let name = line.strip_prefix('|')?.split('|').next()?.trim();
    (name != "crate" && !name.starts_with('-')).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_and_a_stale_reason_are_both_named() {
        let manifest = "[workspace.dependencies]\nours = { path = \"core/ours\" }\nserde = \"1\"\ntokio = { version = \"1\" }";
        let record = "| crate | why |\n|---|---|\n| serde | data |\n| chrono | dates |\n";
        assert_eq!(
            differences(&manifest.parse().unwrap(), record).unwrap(),
            [
                "docs/adr/0003-dependencies.md: no reason for `tokio`",
                "docs/adr/0003-dependencies.md: `chrono` is no workspace dependency",
            ]
        );
    }
}
