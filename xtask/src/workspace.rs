//! What Cargo and git know about this repository.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::steps;

/// The folder of the root `Cargo.toml`.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask is a folder of the workspace")
}

/// A `cargo` command that runs in the root folder, on the toolchain the repository pins.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root());
    command
}

/// Cargo's words for some crates, or for all when none is named.
pub(crate) fn selection(packages: &[String]) -> Vec<&str> {
    if packages.is_empty() {
        return vec!["--workspace"];
    }
    packages
        .iter()
        .flat_map(|name| ["--package", name])
        .collect()
}

/// Every file of the repository, tracked or about to be, relative to the root; ignored files are not among them.
pub(crate) fn files() -> Result<Vec<PathBuf>> {
    let mut git = Command::new("git");
    // CI may check out under another user than the one that runs it; reading the list of files is safe all the same.
    git.args([
        "-c",
        "safe.directory=*",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]);
    let listed = steps::output(git.current_dir(root()))?;
    let names: BTreeSet<_> = listed
        .split('\0')
        .filter(|name| !name.is_empty())
        .map(PathBuf::from)
        .collect();
    // A file deleted but not yet committed is still listed.
    Ok(names
        .into_iter()
        .filter(|name| root().join(name).is_file())
        .collect())
}

/// The members of the workspace and the graph they stand in.
pub(crate) struct Workspace {
    pub(crate) members: Vec<Member>,
    graph: BTreeMap<String, Vec<String>>,
    names: BTreeMap<String, String>,
}

/// One crate of the workspace.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) name: String,
    /// Folder relative to the root, with forward slashes: `core/kernel`.
    pub(crate) folder: String,
    pub(crate) has_library: bool,
    pub(crate) dependencies: Vec<Dependency>,
    id: String,
}

/// One line of a member's dependency tables.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) rename: Option<String>,
    /// `None` for a normal dependency, else `dev` or `build`.
    pub(crate) kind: Option<String>,
}

impl Dependency {
    pub(crate) fn is_dev(&self) -> bool {
        self.kind.as_deref() == Some("dev")
    }
}

impl Workspace {
    /// Asks `cargo metadata`; fails when `Cargo.lock` is not up to date.
    pub(crate) fn read() -> Result<Self> {
        let json = steps::output(cargo().args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--all-features",
        ]))?;
        Self::parse(&json)
    }

    /// Reads the JSON text of `cargo metadata --format-version 1`.
    pub(crate) fn parse(json: &str) -> Result<Self> {
        let metadata: Metadata =
            serde_json::from_str(json).context("cargo metadata has another form than expected")?;
        let names = metadata
            .packages
            .iter()
            .map(|package| (package.id.clone(), package.name.clone()))
            .collect();
        let inside = |package: &Package| metadata.workspace_members.contains(&package.id);
        let members = metadata.packages.into_iter().filter(inside);
        let members = members
            .map(|package| package.into_member(&metadata.workspace_root))
            .collect::<Result<_>>()?;
        let graph = metadata
            .resolve
            .nodes
            .into_iter()
            .map(Node::into_edges)
            .collect();
        Ok(Self {
            members,
            graph,
            names,
        })
    }

    /// Names of all crates that `member` is built from, however deep, itself excepted; dev-dependencies not followed.
    pub(crate) fn built_from(&self, member: &Member) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        let mut open = vec![member.id.as_str()];
        while let Some(id) = open.pop() {
            for next in self.graph.get(id).into_iter().flatten() {
                if found.insert(next.as_str()) {
                    open.push(next);
                }
            }
        }
        found
            .into_iter()
            .filter_map(|id| self.names.get(id))
            .map(String::as_str)
            .collect()
    }
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: BTreeSet<String>,
    workspace_root: PathBuf,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<EdgeKind>,
}

#[derive(Deserialize)]
struct EdgeKind {
    kind: Option<String>,
}

impl Package {
    fn into_member(self, root: &Path) -> Result<Member> {
        let folder = self
            .manifest_path
            .parent()
            .context("a manifest lies in a folder")?;
        let folder = folder
            .strip_prefix(root)
            .with_context(|| format!("{} lies outside the root", self.name))?;
        Ok(Member {
            folder: folder.to_string_lossy().replace('\\', "/"),
            has_library: self
                .targets
                .iter()
                .any(|target| target.kind.iter().any(|kind| kind == "lib")),
            name: self.name,
            dependencies: self.dependencies,
            id: self.id,
        })
    }
}

impl Node {
    fn into_edges(self) -> (String, Vec<String>) {
        let built = |edge: &Edge| {
            edge.dep_kinds
                .iter()
                .any(|kind| kind.kind.as_deref() != Some("dev"))
        };
        (
            self.id,
            self.deps
                .into_iter()
                .filter(built)
                .map(|edge| edge.pkg)
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_repository_has_the_kernel_and_files() {
        let workspace = Workspace::read().unwrap();
        assert!(
            workspace
                .members
                .iter()
                .any(|member| member.folder == "core/kernel" && member.has_library)
        );
        assert!(files().unwrap().contains(&PathBuf::from("Cargo.toml")));
    }

    #[test]
    fn what_a_crate_is_built_from_is_followed_to_the_end_without_dev_dependencies() {
        let workspace = Workspace::parse(
            r#"{"workspace_root": "/r", "workspace_members": ["a"],
                "packages": [
                    {"id": "a", "name": "a", "manifest_path": "/r/core/a/Cargo.toml", "dependencies": [], "targets": []},
                    {"id": "b", "name": "b", "manifest_path": "/x/Cargo.toml", "dependencies": [], "targets": []},
                    {"id": "c", "name": "c", "manifest_path": "/x/Cargo.toml", "dependencies": [], "targets": []},
                    {"id": "d", "name": "d", "manifest_path": "/x/Cargo.toml", "dependencies": [], "targets": []}],
                "resolve": {"nodes": [
                    {"id": "a", "deps": [{"pkg": "b", "dep_kinds": [{"kind": null}]},
                                         {"pkg": "d", "dep_kinds": [{"kind": "dev"}]}]},
                    {"id": "b", "deps": [{"pkg": "c", "dep_kinds": [{"kind": null}]}]}]}}"#,
        )
        .unwrap();
        assert_eq!(workspace.members[0].folder, "core/a");
        assert_eq!(
            workspace.built_from(&workspace.members[0]),
            BTreeSet::from(["b", "c"])
        );
    }
}
