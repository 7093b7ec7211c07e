//! How much a caller may ask for.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How much a caller may ask for; the limits of each are settings of the edge.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Nobody known.
    #[default]
    Anonymous,
    /// Whoever has signed in, and keys of no other tier.
    Authenticated,
    /// More.
    Premium,
    /// Most.
    Enterprise,
}

impl Tier {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Authenticated => "authenticated",
            Self::Premium => "premium",
            Self::Enterprise => "enterprise",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
