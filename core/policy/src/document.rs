//! The document as it is written.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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
    /// Who calls each service, by its name.
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
    /// Changes of headers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<HeaderRules>,
    /// Which pages of other origins may ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cors: Option<Cors>,
    /// Faults put in on purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<FaultInjection>,
    /// Shares of the requests that go to other upstreams; the rest goes where it always does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<Vec<Share>>,
    /// An upstream that is sent a copy of a share of the requests that only read; its answers are thrown away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mirror: Option<Share>,
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

/// Who calls a service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceRules {
    /// The services that may call it in their own name; nobody else may. Left out, as the settings have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callers: Option<Vec<String>>,
}
