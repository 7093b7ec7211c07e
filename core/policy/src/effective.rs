//! What holds in the end, value by value, and where each value comes from.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::compiled::Policy;
use crate::document::{CacheRules, Cors, FaultInjection, HeaderRules, Rewrite, Rules, Share};
use crate::fallback::FallbackRules;
use crate::pattern::RequestLine;
use crate::service::{Balancing, ServiceRules};

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The settings of the process, or what the endpoint itself says.
    Settings,
    /// `defaults` of the policy.
    Defaults,
    /// The route of this name.
    Route(String),
    /// `services` of the policy.
    Service,
}

/// A value and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub from: Origin,
}

/// What holds for an endpoint without a policy.
#[derive(Clone, Debug)]
pub struct EndpointBase<'a> {
    /// `GET`, …
    pub method: &'a str,
    /// The path, its parameters as `{code}`.
    pub path: &'a str,
    /// How long a request may take.
    pub timeout_ms: u64,
    /// The largest body taken.
    pub max_body_bytes: u64,
    /// What a request counts.
    pub weight_percent: u16,
    /// Whether answers are kept for a while.
    pub cache: Option<CacheRules>,
    /// Who may ask.
    pub access: String,
}

/// Everything that holds for requests to one endpoint without special headers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Effective {
    /// `GET`, …
    pub method: String,
    /// The path.
    pub path: String,
    /// The route they take.
    pub route: Option<String>,
    /// Who may ask: `public`, or the permission that it needs. No policy changes that.
    pub access: Sourced<String>,
    /// How long a request may take.
    pub timeout_ms: Sourced<u64>,
    /// The largest body taken.
    pub max_body_bytes: Sourced<u64>,
    /// What a request counts.
    pub weight_percent: Sourced<u16>,
    /// Whether answers are kept for a while.
    pub cache: Sourced<Option<CacheRules>>,
    /// Changes of headers.
    pub headers: Sourced<Option<HeaderRules>>,
    /// Another beginning for the path.
    pub rewrite: Sourced<Option<Rewrite>>,
    /// Which pages of other origins may ask.
    pub cors: Sourced<Option<Cors>>,
    /// Faults put in on purpose.
    pub fault: Sourced<Option<FaultInjection>>,
    /// What stands in when nobody answers.
    pub fallback: Sourced<Option<FallbackRules>>,
    /// Shares that go elsewhere.
    pub split: Sourced<Option<Vec<Share>>>,
    /// A copy that goes elsewhere.
    pub mirror: Sourced<Option<Share>>,
}

/// Everything that holds for calls of one service. What each value means is said at [`ServiceRules`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the fields are those of `ServiceRules`")]
pub struct EffectiveService {
    pub callers: Sourced<Vec<String>>,
    pub egress: Sourced<Vec<String>>,
    pub strategy: Sourced<Balancing>,
    pub try_ms: Sourced<u64>,
    pub retries: Sourced<u32>,
    pub retry_percent: Sourced<u32>,
    pub retries_saved: Sourced<u32>,
    pub hedge_ms: Sourced<u64>,
    pub failure_threshold: Sourced<u32>,
    pub failure_percent: Sourced<u32>,
    pub recovery_ms: Sourced<u64>,
    pub eject_ms: Sourced<u64>,
}

/// What holds for a service without a policy. What each value means is said at [`ServiceRules`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of `ServiceRules`")]
pub struct ServiceBase {
    pub callers: Vec<String>,
    pub egress: Vec<String>,
    pub strategy: Balancing,
    pub try_ms: u64,
    pub retries: u32,
    pub retry_percent: u32,
    pub retries_saved: u32,
    pub hedge_ms: u64,
    pub failure_threshold: u32,
    pub failure_percent: u32,
    pub recovery_ms: u64,
    pub eject_ms: u64,
}

impl Policy {
    /// What holds for requests to `endpoint`.
    pub fn effective(&self, endpoint: &EndpointBase<'_>) -> Effective {
        let line = RequestLine {
            method: endpoint.method,
            path: endpoint.path,
            header: |_: &str| None,
        };
        let (route, defaults) = self.written(&line);
        let written = Written { route, defaults };
        Effective {
            method: endpoint.method.to_owned(),
            path: endpoint.path.to_owned(),
            route: route.map(|(name, _)| name.to_owned()),
            access: Sourced {
                value: endpoint.access.clone(),
                from: Origin::Settings,
            },
            timeout_ms: written.value(endpoint.timeout_ms, |it| it.timeout_ms),
            max_body_bytes: written.value(endpoint.max_body_bytes, |it| it.max_body_bytes),
            weight_percent: written.value(endpoint.weight_percent, |it| it.weight_percent),
            cache: written.cache(endpoint.cache.clone()),
            headers: written.optional(|it| it.headers.clone()),
            rewrite: written.optional(|it| it.rewrite.clone()),
            cors: written.optional(|it| it.cors.clone()),
            fault: written.optional(|it| it.fault.clone()),
            fallback: written.optional(|it| it.fallback.clone()),
            split: written.optional(|it| it.split.clone()),
            mirror: written.optional(|it| it.mirror.clone()),
        }
    }

    /// What holds for calls of `service`.
    pub fn effective_service(&self, service: &str, base: &ServiceBase) -> EffectiveService {
        let nothing = ServiceRules::default();
        let rules = self.service(service).unwrap_or(&nothing);
        EffectiveService {
            callers: of_service(rules.callers.clone(), &base.callers),
            egress: of_service(rules.egress.clone(), &base.egress),
            strategy: of_service(rules.strategy, &base.strategy),
            try_ms: of_service(rules.try_ms, &base.try_ms),
            retries: of_service(rules.retries, &base.retries),
            retry_percent: of_service(rules.retry_percent, &base.retry_percent),
            retries_saved: of_service(rules.retries_saved, &base.retries_saved),
            hedge_ms: of_service(rules.hedge_ms, &base.hedge_ms),
            failure_threshold: of_service(rules.failure_threshold, &base.failure_threshold),
            failure_percent: of_service(rules.failure_percent, &base.failure_percent),
            recovery_ms: of_service(rules.recovery_ms, &base.recovery_ms),
            eject_ms: of_service(rules.eject_ms, &base.eject_ms),
        }
    }
}

/// What is written about a request.
struct Written<'a> {
    route: Option<(&'a str, &'a Rules)>,
    defaults: &'a Rules,
}

impl Written<'_> {
    fn value<T>(&self, settings: T, of: impl Fn(&Rules) -> Option<T>) -> Sourced<T> {
        let (value, from) = self.find(of).unwrap_or((settings, Origin::Settings));
        Sourced { value, from }
    }

    /// What the settings keep is of the same kind as what a policy says.
    fn cache(&self, settings: Option<CacheRules>) -> Sourced<Option<CacheRules>> {
        self.value(settings, |it| it.cache.clone().map(Some))
    }

    fn optional<T>(&self, of: impl Fn(&Rules) -> Option<T>) -> Sourced<Option<T>> {
        match self.find(of) {
            Some((value, from)) => Sourced {
                value: Some(value),
                from,
            },
            None => Sourced {
                value: None,
                from: Origin::Settings,
            },
        }
    }

    fn find<T>(&self, of: impl Fn(&Rules) -> Option<T>) -> Option<(T, Origin)> {
        let route = self.route.and_then(|(name, rules)| {
            let value = of(rules)?;
            Some((value, Origin::Route(name.to_owned())))
        });
        route.or_else(|| Some((of(self.defaults)?, Origin::Defaults)))
    }
}

fn of_service<T: Clone>(written: Option<T>, settings: &T) -> Sourced<T> {
    match written {
        Some(value) => Sourced {
            value,
            from: Origin::Service,
        },
        None => Sourced {
            value: settings.clone(),
            from: Origin::Settings,
        },
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings => f.write_str("settings"),
            Self::Defaults => f.write_str("defaults"),
            Self::Route(name) => write!(f, "route {name}"),
            Self::Service => f.write_str("services"),
        }
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
