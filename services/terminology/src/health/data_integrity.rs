//! Whether the releases that should serve do, and answer right.

use std::sync::Arc;

use async_trait::async_trait;

use super::check::{Check, Finding};
use crate::app::probe;
use crate::releases::{OpenRelease, ReleaseSet, Releases};

const NONE_LOADED: &str = "No release is loaded. Run `medcover load icd10cm`.";

/// The check of the releases.
#[derive(Clone, Debug)]
pub struct DataIntegrity {
    releases: Arc<Releases>,
}

impl DataIntegrity {
    /// Checks `releases`.
    pub fn new(releases: Arc<Releases>) -> Self {
        Self { releases }
    }
}

#[async_trait]
impl Check for DataIntegrity {
    fn name(&self) -> &'static str {
        "data_integrity"
    }

    async fn run(&self) -> Finding {
        let set = self.releases.load_full();
        tokio::task::spawn_blocking(move || check_data_integrity(&set))
            .await
            .unwrap_or_else(|_| Finding::unhealthy("a release could not be searched"))
    }

    fn unready(&self) -> Option<&'static str> {
        self.releases
            .load()
            .current()
            .is_empty()
            .then_some(NONE_LOADED)
    }
}

/// Whether every current release is open, holds as many concepts as were loaded, and finds a code of its own by lookup
/// and by search.
fn check_data_integrity(set: &ReleaseSet) -> Finding {
    if let Some(problem) = set.current().iter().find_map(|release| wrong_in(release)) {
        return Finding::unhealthy(problem);
    }
    let problems: Vec<_> = set.problems().iter().map(|it| it.what.as_str()).collect();
    if set.current().is_empty() {
        return match problems.first() {
            Some(problem) => Finding::unhealthy((*problem).to_owned()),
            None => Finding::unhealthy(NONE_LOADED),
        };
    }
    if !problems.is_empty() {
        return Finding::degraded(problems.join(" "));
    }
    let named = set.current().iter().map(|release| {
        let concepts = release.release().concept_count();
        format!("{}: {concepts} concepts", release.label())
    });
    Finding::healthy(named.collect::<Vec<_>>().join("; "))
}

fn wrong_in(release: &OpenRelease) -> Option<String> {
    let label = release.label();
    if !release.holds_what_was_loaded() {
        return Some(format!(
            "{label} does not hold as many concepts as were loaded."
        ));
    }
    let concept = release.release().concepts().last()?;
    let found = release.release().find(concept.code()).map(|it| it.id());
    if found != Some(concept.id()) {
        return Some(format!(
            "{label} does not find its own code {}.",
            concept.code()
        ));
    }
    if !probe(release, concept.code(), concept.id()) {
        return Some(format!(
            "{label} does not find its own code {} by search.",
            concept.code()
        ));
    }
    None
}
