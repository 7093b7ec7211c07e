//! A policy that was checked.

use std::collections::BTreeMap;

use crate::check;
use crate::document::{Document, Rules};
use crate::fault::PolicyFault;
use crate::pattern::{Pattern, RequestLine};
use crate::service::ServiceRules;
use crate::text;

/// A policy without faults, ready to be asked. There is no other way to one than through the checks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    routes: Vec<CompiledRoute>,
    defaults: Rules,
    services: BTreeMap<String, ServiceRules>,
    upstreams: BTreeMap<String, Vec<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct CompiledRoute {
    name: String,
    pattern: Pattern,
    /// As written.
    own: Rules,
    /// With the defaults where it says nothing.
    rules: Rules,
}

impl Policy {
    /// The policy that `text` has as YAML; every fault at once, but of form only the first.
    pub fn parse(text: &str) -> Result<Self, Vec<PolicyFault>> {
        let document = text::read(text).map_err(|fault| vec![fault])?;
        Self::of(document).map_err(|faults| text::placed(faults, text))
    }

    /// The policy of `document`; every fault at once.
    pub fn of(document: Document) -> Result<Self, Vec<PolicyFault>> {
        let faults = check::faults(&document);
        if !faults.is_empty() {
            return Err(faults);
        }
        let defaults = document.defaults;
        let routes = document.routes.into_iter().map(|route| CompiledRoute {
            name: route.name,
            pattern: Pattern::of(&route.r#match),
            rules: route.rules.clone().or(&defaults),
            own: route.rules,
        });
        Ok(Self {
            routes: routes.collect(),
            defaults,
            services: document.services,
            upstreams: document.upstreams,
        })
    }

    /// The name of the route that a request takes, if it takes one, and what holds for it.
    pub fn rules<'h, H>(&self, line: &RequestLine<'_, H>) -> (Option<&str>, &Rules)
    where
        H: Fn(&str) -> Option<&'h str>,
    {
        match self.route(line) {
            Some(route) => (Some(&route.name), &route.rules),
            None => (None, &self.defaults),
        }
    }

    /// What is written for the requests of `line` alone, and what for all.
    pub(crate) fn written<'h, H>(
        &self,
        line: &RequestLine<'_, H>,
    ) -> (Option<(&str, &Rules)>, &Rules)
    where
        H: Fn(&str) -> Option<&'h str>,
    {
        let own = self.route(line).map(|it| (it.name.as_str(), &it.own));
        (own, &self.defaults)
    }

    fn route<'h, H>(&self, line: &RequestLine<'_, H>) -> Option<&CompiledRoute>
    where
        H: Fn(&str) -> Option<&'h str>,
    {
        self.routes.iter().find(|route| route.pattern.fits(line))
    }

    /// What is written about `service`.
    pub fn service(&self, service: &str) -> Option<&ServiceRules> {
        self.services.get(service)
    }

    /// The names and addresses of the further upstreams.
    pub const fn upstreams(&self) -> &BTreeMap<String, Vec<String>> {
        &self.upstreams
    }

    /// Whether `caller` may call `service` in its own name, as far as the policy says.
    pub fn may_call(&self, caller: &str, service: &str) -> Option<bool> {
        let callers = self.service(service)?.callers.as_ref()?;
        Some(callers.iter().any(|it| it == caller))
    }

    /// Whether `service` may send to `target`, a service or a further upstream, as far as the policy says.
    pub fn may_send(&self, service: &str, target: &str) -> Option<bool> {
        let egress = self.service(service)?.egress.as_ref()?;
        Some(egress.iter().any(|it| it == target))
    }
}

impl Rules {
    /// These, and `others` where these say nothing.
    fn or(self, others: &Self) -> Self {
        let others = others.clone();
        Self {
            timeout_ms: self.timeout_ms.or(others.timeout_ms),
            max_body_bytes: self.max_body_bytes.or(others.max_body_bytes),
            weight_percent: self.weight_percent.or(others.weight_percent),
            cache: self.cache.or(others.cache),
            headers: self.headers.or(others.headers),
            rewrite: self.rewrite.or(others.rewrite),
            cors: self.cors.or(others.cors),
            fault: self.fault.or(others.fault),
            fallback: self.fallback.or(others.fallback),
            split: self.split.or(others.split),
            mirror: self.mirror.or(others.mirror),
        }
    }
}
