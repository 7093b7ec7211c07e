//! The document as it is written.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::fallback::FallbackRules;
use crate::service::ServiceRules;

/// A policy. What it leaves out is as the settings of the process have it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Policy)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The version of the form: 1.
    #[schema(minimum = 1, maximum = 1)]
    pub version: u32,
    /// What holds for every route that does not say otherwise.
    #[serde(default)]
    pub defaults: Rules,
    /// What holds for some requests. The first that matches counts, alone.
    #[serde(default)]
    pub routes: Vec<Route>,
    /// Who calls each service and how it is sent to, by its name; what the gateway and the console send to.
    #[serde(default)]
    pub services: BTreeMap<String, ServiceRules>,
    /// Further instances that routes may send a share of their requests to, by a name of your choice: the addresses of each.
    #[serde(default)]
    pub upstreams: BTreeMap<String, Vec<String>>,
}

/// Requests, and what holds for them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// How reports, logs and refusals call it: 1 to 64 of `a` to `z`, `0` to `9` and `-`, once in the file.
    #[schema(example = "search")]
    pub name: String,
    /// Which requests.
    pub r#match: Match,
    /// What holds for them.
    #[serde(default)]
    pub rules: Rules,
}

/// Which requests: all that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// The beginning of the path, up to the end of one of its parts; `*` stands for one part.
    #[schema(example = "/api/v1/patients/*/merge")]
    pub path: String,
    /// Whether nothing may follow the path.
    #[serde(default)]
    pub exact: bool,
    /// Any of these; none given means all.
    #[serde(default)]
    pub methods: Vec<String>,
    /// Headers that the request has, with exactly these values.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

/// What holds for requests. What is left out is as in `defaults`, and there as in the settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// How long a request may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 600_000)]
    pub timeout_ms: Option<u64>,
    /// The largest body taken; never more than the settings allow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub max_body_bytes: Option<u64>,
    /// What a request counts towards its client's limit, in hundredths: 100 is one, 10 a tenth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 10_000)]
    pub weight_percent: Option<u16>,
    /// Whether answers are kept for a while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<CacheRules>,
    /// Changes of headers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<HeaderRules>,
    /// Another beginning for the path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rewrite: Option<Rewrite>,
    /// Which pages of other origins may ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cors: Option<Cors>,
    /// Faults put in on purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<FaultInjection>,
    /// What stands in when nobody answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<FallbackRules>,
    /// Shares of the requests that go to other upstreams; the rest goes where it always does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<Vec<Share>>,
    /// An upstream that is sent a copy of a share of the requests that only read; its answers are thrown away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mirror: Option<Share>,
}

/// Whether answers are kept for a while. Kept is what a GET gets as 200 with an `ETag`, without `Cache-Control`, up to 256 KiB;
/// never what needs a permission.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CacheRules {
    /// For whom an answer is kept.
    pub keys: CacheKeys,
    /// How long an answer is good; needed unless nothing is kept.
    #[serde(default)]
    #[schema(maximum = 3_600_000)]
    pub ttl_ms: u64,
    /// For how long after that it is shown while whoever answers fails.
    #[serde(default)]
    #[schema(maximum = 86_400_000)]
    pub stale_if_error_ms: u64,
    /// Headers of the request that the answer depends on, beside `Accept-Encoding`.
    #[serde(default)]
    pub vary: Vec<String>,
}

impl CacheRules {
    /// Whether what is kept is shown for a while after its time.
    pub(crate) const fn shows_stale(&self) -> bool {
        !matches!(self.keys, CacheKeys::Off) && self.stale_if_error_ms > 0
    }
}

/// For whom an answer is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CacheKeys {
    /// Nothing is kept, whatever the settings say.
    #[default]
    Off,
    /// For everybody who shows no credentials.
    Public,
    /// The same, and for each who shows credentials apart.
    Caller,
}

/// Changes of headers on the way in and out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HeaderRules {
    /// Of the request, before anything looks at it.
    #[serde(default)]
    pub request: HeaderChange,
    /// Of the answer, after everything else.
    #[serde(default)]
    pub response: HeaderChange,
}

/// Headers to take away, then headers to set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HeaderChange {
    /// Names.
    #[serde(default)]
    pub remove: Vec<String>,
    /// Names with values; what was there is replaced.
    #[serde(default)]
    pub set: BTreeMap<String, String>,
}

/// Another beginning for the path, before anybody looks who answers it. Rules go by the path as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rewrite {
    /// What the path begins with, up to the end of one of its parts. Other paths stay as they are.
    #[schema(example = "/icd")]
    pub from: String,
    /// What stands there instead.
    #[schema(example = "/api/v1/codes")]
    pub to: String,
}

impl Rewrite {
    /// `path` with its other beginning, if it has the one that is replaced.
    pub fn path(&self, path: &str) -> Option<String> {
        let rest = path.strip_prefix(self.from.as_str())?;
        let whole = rest.is_empty() || rest.starts_with('/');
        whole.then(|| format!("{}{rest}", self.to))
    }
}

/// Which pages of other origins may ask, as browsers enforce it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cors {
    /// Origins such as `https://clinic.example`, or `*` alone for any.
    pub origins: Vec<String>,
    /// Methods they may use.
    #[serde(default)]
    pub methods: Vec<String>,
    /// Headers they may send.
    #[serde(default)]
    pub headers: Vec<String>,
    /// Headers they may read.
    #[serde(default)]
    pub expose: Vec<String>,
    /// For how long a browser may remember it.
    #[serde(default)]
    #[schema(maximum = 86_400)]
    pub max_age_s: u32,
}

/// Faults put in on purpose, to see what callers make of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultInjection {
    /// Some requests wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Delay>,
    /// Some requests are answered with an error, before anything is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abort: Option<Abort>,
}

/// Some requests wait.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Delay {
    /// How many of a hundred.
    #[schema(minimum = 1, maximum = 100)]
    pub percent: u8,
    /// How long.
    #[schema(minimum = 1, maximum = 60_000)]
    pub ms: u64,
}

/// Some requests are answered with an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Abort {
    /// How many of a hundred.
    #[schema(minimum = 1, maximum = 100)]
    pub percent: u8,
    /// With which status: 429, 500, 503 or 504.
    pub status: u16,
}

/// A share of the requests, and where it goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// The name of an upstream of this file.
    pub to: String,
    /// How many of a hundred.
    #[schema(minimum = 1, maximum = 100)]
    pub percent: u8,
}
