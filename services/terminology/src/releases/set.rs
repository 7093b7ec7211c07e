//! The releases that are open at one moment. A set never changes; another one takes its place.

use std::sync::Arc;

use medcover_kernel::{Error, Result};

use super::open::OpenRelease;

/// Short name of ICD-10-CM.
pub(crate) const ICD10CM: &str = "icd10cm";

/// All open releases.
#[derive(Debug, Default)]
pub struct ReleaseSet {
    /// The current one of each system: ICD-10-CM first, the others by name.
    pub(super) current: Vec<Arc<OpenRelease>>,
    /// Those side by side with them.
    pub(super) others: Vec<Arc<OpenRelease>>,
    /// What could not be opened, and why.
    pub(super) problems: Vec<ReleaseProblem>,
}

/// A release that was loaded, but is not served as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseProblem {
    /// Its system and version; empty where the pointer itself is at fault.
    pub release: String,
    /// What is wrong, what serves instead, and what to do.
    pub what: String,
}

impl ReleaseSet {
    /// The current release of ICD-10-CM.
    pub fn icd10cm(&self) -> Result<&Arc<OpenRelease>> {
        self.current
            .first()
            .filter(|release| release.system() == ICD10CM)
            .ok_or_else(not_loaded)
    }

    /// The current release of each system, ICD-10-CM first; at least one.
    pub fn each(&self) -> Result<&[Arc<OpenRelease>]> {
        if self.current.is_empty() {
            return Err(not_loaded());
        }
        Ok(&self.current)
    }

    /// The current release of each system, ICD-10-CM first; perhaps none.
    pub fn current(&self) -> &[Arc<OpenRelease>] {
        &self.current
    }

    /// Every open release, the current ones first.
    pub fn all(&self) -> impl Iterator<Item = &Arc<OpenRelease>> {
        self.current.iter().chain(&self.others)
    }

    /// What could not be opened.
    pub fn problems(&self) -> &[ReleaseProblem] {
        &self.problems
    }
}

fn not_loaded() -> Error {
    Error::unavailable("No release of ICD-10-CM is loaded. Run `medcover load icd10cm`.")
}
