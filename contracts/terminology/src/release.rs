//! Releases.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A loaded release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReleaseInfo {
    /// Short name of the code system.
    pub system: String,
    /// Its human name.
    pub title: String,
    /// Its canonical URI.
    pub uri: String,
    /// Name of the release.
    pub version: String,
    /// Whether searches without further wishes are answered from it.
    pub current: bool,
    /// How many concepts it holds.
    pub concepts: u32,
    /// How many of them may stand on a claim.
    pub billable: u32,
    /// SHA-256 of the file it was compiled from, in hexadecimal.
    pub source_sha256: String,
}
