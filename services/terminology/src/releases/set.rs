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
    /// The release of ICD-10-CM that the pointer calls current, where its file could not be opened.
    pub(super) lost: Option<String>,
}

/// The current release of ICD-10-CM cannot be searched in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lost {
    /// Which it is, where the pointer names one.
    pub(crate) version: Option<String>,
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

    /// Whether the file of the current release of ICD-10-CM is open, or another must answer in its place.
    pub(crate) fn lost_icd10cm(&self) -> Option<Lost> {
        let version = self.lost.clone();
        (version.is_some() || self.icd10cm().is_err()).then_some(Lost { version })
    }

    /// The same set with `part` in the place of the current release of ICD-10-CM.
    pub(crate) fn with_part(&self, part: Arc<OpenRelease>) -> Self {
        let rest = self.current.iter().filter(|it| it.system() != ICD10CM);
        Self {
            current: std::iter::once(part).chain(rest.cloned()).collect(),
            others: self.others.clone(),
            problems: self.problems.clone(),
            lost: self.lost.clone(),
        }
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
