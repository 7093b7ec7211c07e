//! Dependencies that are named in a `Cargo.toml` but nowhere in the sources it is for.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::source::{self, Source};
use crate::workspace::{Dependency, Member, Workspace};

/// Every unused dependency of a member, and every line of `[workspace.dependencies]` that no member takes.
pub(crate) fn violations(workspace: &Workspace, files: &[PathBuf]) -> Result<Vec<String>> {
    let mut found = untaken(workspace)?;
    for member in &workspace.members {
        let sources = source::rust_files(files, &member.folder)?;
        // The README is the crate's rustdoc; its example may be the only user of a dev-dependency.
        let readme = Path::new(&member.folder).join("README.md");
        let readme = files
            .contains(&readme)
            .then(|| source::read(&readme))
            .transpose()?;
        found.extend(unused(member, &sources, readme.as_ref()));
    }
    Ok(found)
}

fn untaken(workspace: &Workspace) -> Result<Vec<String>> {
    let manifest: toml::Table = source::read(Path::new("Cargo.toml"))?
        .text
        .parse()
        .context("the root Cargo.toml")?;
    let offered = manifest
        .get("workspace")
        .and_then(|part| part.get("dependencies"))
        .and_then(toml::Value::as_table);
    let offered = offered.context("the root Cargo.toml has [workspace.dependencies]")?;
    let lines = workspace
        .members
        .iter()
        .flat_map(|member| &member.dependencies);
    let taken: BTreeSet<_> = lines
        .map(|line| line.rename.as_ref().unwrap_or(&line.name).as_str())
        .collect();
    let untaken = offered.keys().filter(|name| !taken.contains(name.as_str()));
    Ok(untaken
        .map(|name| format!("Cargo.toml: no crate takes the workspace dependency `{name}`"))
        .collect())
}

fn unused(member: &Member, sources: &[Source], readme: Option<&Source>) -> Vec<String> {
    let used = |line: &&Dependency| {
        let name = line.rename.as_ref().unwrap_or(&line.name).replace('-', "_");
        let examples = readme.filter(|_| line.is_dev());
        sources
            .iter()
            .any(|source| names_in_code(source, &name, line.is_dev()))
            || examples.is_some_and(|readme| source::has_word(&readme.text, &name))
    };
    let unused = member.dependencies.iter().filter(|line| !used(line));
    unused
        .map(|line| format!("{}/Cargo.toml: `{}` is not used", member.folder, line.name))
        .collect()
}

/// Whether a source names a crate outside comments; what only tests may use may also stand in a doc example.
fn names_in_code(source: &Source, name: &str, is_dev: bool) -> bool {
    let is_comment = |line: &str| {
        let line = line.trim_start();
        line.starts_with("//") && !(is_dev && (line.starts_with("///") || line.starts_with("//!")))
    };
    source
        .text
        .lines()
        .any(|line| !is_comment(line) && source::has_word(line, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(dependencies: &str) -> Member {
        let json = format!(
            r#"{{"workspace_root": "/r", "workspace_members": ["a"], "resolve": {{"nodes": []}}, "packages": [
                {{"id": "a", "name": "a", "manifest_path": "/r/libs/a/Cargo.toml", "targets": [],
                  "dependencies": [{dependencies}]}}]}}"#
        );
        Workspace::parse(&json).unwrap().members.remove(0)
    }

    #[test]
    fn a_dependency_counts_when_code_names_it_even_by_another_name() {
        let member = member(
            r#"{"name": "serde-json", "rename": null, "kind": null},
               {"name": "tracing-core", "rename": "tracing", "kind": null},
               {"name": "bytes", "rename": null, "kind": null}"#,
        );
        let text =
            "// bytes are counted\nuse tracing::Span;\nfn read() { serde_json::from_str(\"\"); }";
        let source = Source {
            path: "libs/a/src/lib.rs".into(),
            text: text.into(),
        };
        assert_eq!(
            unused(&member, &[source], None),
            ["libs/a/Cargo.toml: `bytes` is not used"]
        );
    }

    #[test]
    fn a_dev_dependency_may_live_in_the_example_of_the_readme() {
        let member = member(
            r#"{"name": "tempfile", "rename": null, "kind": "dev"}, {"name": "insta", "rename": null, "kind": "dev"}"#,
        );
        let readme = Source {
            path: "libs/a/README.md".into(),
            text: "let dir = tempfile::tempdir();".into(),
        };
        assert_eq!(
            unused(&member, &[], Some(&readme)),
            ["libs/a/Cargo.toml: `insta` is not used"]
        );
    }
}
