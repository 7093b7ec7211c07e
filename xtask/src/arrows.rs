//! Dependency arrows: `app → services → contracts → libs → core → core/kernel`, and never back or sideways.

use crate::workspace::{Member, Workspace};

/// Where a crate stands; a later variant may depend on an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Layer {
    Kernel,
    Core,
    Libs,
    Contracts,
    Services,
    App,
    /// Tests of the whole program, from outside.
    Journeys,
    /// Builds before everything else and serves everyone: an island.
    Xtask,
}

impl Layer {
    fn of(folder: &str) -> Option<Self> {
        match folder.split('/').collect::<Vec<_>>()[..] {
            ["core", "kernel"] => Some(Self::Kernel),
            ["core", _] => Some(Self::Core),
            ["libs", _] => Some(Self::Libs),
            ["contracts", _] => Some(Self::Contracts),
            ["services", _] => Some(Self::Services),
            ["app"] => Some(Self::App),
            ["tests", _] => Some(Self::Journeys),
            ["xtask"] => Some(Self::Xtask),
            _ => None,
        }
    }

    fn may_depend_on(self, other: Self) -> bool {
        match (self, other) {
            (Self::Xtask, _) | (_, Self::Xtask) => false,
            // Libraries know no domain word, so that one using another couples nothing; Cargo refuses circles.
            // And one world of trials may stand on the stage of another.
            (Self::Libs, Self::Libs) | (Self::Journeys, Self::Journeys) => true,
            _ => other < self,
        }
    }
}

/// Crates that do I/O, keep time or schedule tasks; none of them may be part of a pure core, at any depth.
const IMPURE: [&str; 15] = [
    "async-std",
    "axum",
    "hyper",
    "memmap2",
    "mio",
    "notify",
    "redis",
    "reqwest",
    "rusqlite",
    "smol",
    "socket2",
    "sqlx",
    "tokio",
    "tower",
    "tracing-subscriber",
];

/// Every arrow of the workspace that points up or sideways, and every core that is not pure.
pub(crate) fn violations(workspace: &Workspace) -> Vec<String> {
    let members = &workspace.members;
    let mut found: Vec<_> = members
        .iter()
        .flat_map(|member| wrong_arrows(member, members))
        .collect();
    found.extend(
        members
            .iter()
            .flat_map(|member| impure_parts(member, workspace)),
    );
    found
}

fn wrong_arrows(from: &Member, members: &[Member]) -> Vec<String> {
    let Some(layer) = Layer::of(&from.folder) else {
        return vec![format!(
            "{}: no layer is known for this folder (xtask/src/arrows.rs)",
            from.folder
        )];
    };
    let inside = from
        .dependencies
        .iter()
        .filter_map(|line| members.iter().find(|member| member.name == line.name));
    let wrong =
        inside.filter(|to| !Layer::of(&to.folder).is_some_and(|other| layer.may_depend_on(other)));
    wrong
        .map(|to| format!("{} must not depend on {}", from.folder, to.folder))
        .collect()
}

fn impure_parts(member: &Member, workspace: &Workspace) -> Vec<String> {
    if !matches!(Layer::of(&member.folder), Some(Layer::Kernel | Layer::Core)) {
        return Vec::new();
    }
    let parts = workspace.built_from(member);
    let impure = IMPURE.iter().filter(|name| parts.contains(*name));
    impure
        .map(|name| {
            format!(
                "{} must stay pure, but is built from `{name}`",
                member.folder
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A workspace of `(folder, dependencies)`, where a crate is named by its folder.
    fn workspace(crates: &[(&str, &[&str])]) -> Workspace {
        let packages = crates.iter().map(|(folder, dependencies)| {
            let lines: Vec<_> =
                dependencies.iter().map(|name| format!(r#"{{"name": "{name}", "rename": null, "kind": null}}"#)).collect();
            format!(
                r#"{{"id": "{folder}", "name": "{folder}", "manifest_path": "/r/{folder}/Cargo.toml", "targets": [],
                     "dependencies": [{}]}}"#,
                lines.join(",")
            )
        });
        let nodes = crates.iter().map(|(folder, dependencies)| {
            let edges: Vec<_> = dependencies
                .iter()
                .map(|name| format!(r#"{{"pkg": "{name}", "dep_kinds": [{{"kind": null}}]}}"#))
                .collect();
            format!(r#"{{"id": "{folder}", "deps": [{}]}}"#, edges.join(","))
        });
        let ids: Vec<_> = crates
            .iter()
            .map(|(folder, _)| format!("\"{folder}\""))
            .collect();
        let json = format!(
            r#"{{"workspace_root": "/r", "workspace_members": [{}], "packages": [{}], "resolve": {{"nodes": [{}]}}}}"#,
            ids.join(","),
            packages.collect::<Vec<_>>().join(","),
            nodes.collect::<Vec<_>>().join(",")
        );
        Workspace::parse(&json).unwrap()
    }

    #[test]
    fn this_repository_keeps_its_arrows() {
        assert_eq!(
            violations(&Workspace::read().unwrap()),
            Vec::<String>::new()
        );
    }

    #[test]
    fn arrows_that_point_down_are_fine() {
        let sample = workspace(&[
            ("app", &["services/billing", "libs/http", "core/kernel"]),
            ("services/billing", &["contracts/insurance", "core/ledger"]),
            ("contracts/insurance", &["libs/http", "core/kernel"]),
            ("libs/http", &["libs/telemetry", "core/kernel"]),
            ("libs/telemetry", &[]),
            ("core/ledger", &["core/kernel"]),
            ("core/kernel", &[]),
            ("xtask", &[]),
        ]);
        assert_eq!(violations(&sample), Vec::<String>::new());
    }

    #[test]
    fn arrows_that_point_up_or_sideways_are_named() {
        let sample = workspace(&[
            ("services/billing", &["services/insurance"]),
            ("services/insurance", &["app"]),
            ("core/ledger", &["core/terms", "libs/http"]),
            ("core/terms", &[]),
            ("libs/http", &["contracts/insurance", "xtask"]),
            ("contracts/insurance", &[]),
            ("app", &[]),
            ("xtask", &[]),
        ]);
        assert_eq!(
            violations(&sample),
            [
                "services/billing must not depend on services/insurance",
                "services/insurance must not depend on app",
                "core/ledger must not depend on core/terms",
                "core/ledger must not depend on libs/http",
                "libs/http must not depend on contracts/insurance",
                "libs/http must not depend on xtask",
            ]
        );
    }

    #[test]
    fn a_folder_without_a_layer_is_named() {
        let sample = workspace(&[("misc", &[])]);
        assert_eq!(
            violations(&sample),
            ["misc: no layer is known for this folder (xtask/src/arrows.rs)"]
        );
    }

    #[test]
    fn a_core_built_from_a_runtime_is_not_pure() {
        let mut sample = workspace(&[
            ("core/terms", &["helper"]),
            ("helper", &["tokio"]),
            ("tokio", &[]),
        ]);
        sample
            .members
            .retain(|member| member.folder == "core/terms");
        assert_eq!(
            violations(&sample),
            ["core/terms must stay pure, but is built from `tokio`"]
        );
    }
}
