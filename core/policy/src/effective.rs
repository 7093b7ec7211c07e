//! What holds in the end, value by value, and where each value comes from.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::compiled::Policy;
use crate::document::{Cors, FaultInjection, HeaderRules, Rules, ServiceRules, Share};
use crate::pattern::RequestLine;

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
#[derive(Clone, Copy, Debug)]
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
    /// How long a request may take.
    pub timeout_ms: Sourced<u64>,
    /// The largest body taken.
    pub max_body_bytes: Sourced<u64>,
    /// What a request counts.
    pub weight_percent: Sourced<u16>,
    /// Changes of headers.
    pub headers: Sourced<Option<HeaderRules>>,
    /// Which pages of other origins may ask.
    pub cors: Sourced<Option<Cors>>,
    /// Faults put in on purpose.
    pub fault: Sourced<Option<FaultInjection>>,
    /// Shares that go elsewhere.
    pub split: Sourced<Option<Vec<Share>>>,
    /// A copy that goes elsewhere.
    pub mirror: Sourced<Option<Share>>,
}

/// Everything that holds for calls of one service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EffectiveService {
    /// Who may call it in their own name.
    pub callers: Sourced<Vec<String>>,
}

/// What holds for a service without a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceBase {
    /// Who may call it in their own name.
    pub callers: Vec<String>,
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
            timeout_ms: written.value(endpoint.timeout_ms, |it| it.timeout_ms),
            max_body_bytes: written.value(endpoint.max_body_bytes, |it| it.max_body_bytes),
            weight_percent: written.value(endpoint.weight_percent, |it| it.weight_percent),
            headers: written.optional(|it| it.headers.clone()),
            cors: written.optional(|it| it.cors.clone()),
            fault: written.optional(|it| it.fault.clone()),
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
