//! Everything that is wrong with a document, at once.

mod fallback;
mod form;
mod services;

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use crate::document::{
    Abort, CacheKeys, CacheRules, Cors, Document, FaultInjection, HeaderChange, HeaderRules, Match,
    Rewrite, Rules, Share,
};
use crate::fault::PolicyFault;
use crate::pattern::Pattern;
use form::{is_name, is_origin, is_path, is_token, is_value};

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
/// Headers on which the safety of requests and answers rests, or that belong to a connection; no policy touches them.
const OURS: [&str; 13] = [
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "forwarded",
    "host",
    "idempotency-key",
    "set-cookie",
    "te",
    "transfer-encoding",
    "upgrade",
    "x-api-key",
    "x-forwarded-for",
];
const MAX_ROUTES: usize = 500;
const MAX_VARY: usize = 8;

/// The faults of `document`, in its order.
pub(crate) fn faults(document: &Document) -> Vec<PolicyFault> {
    let mut check = Check {
        upstreams: document.upstreams.keys().map(String::as_str).collect(),
        found: Vec::new(),
    };
    if document.version != 1 {
        check.add("version", "must be 1");
    }
    check.rules("defaults", &document.defaults);
    if document.routes.len() > MAX_ROUTES {
        check.add("routes", format!("may have {MAX_ROUTES}"));
        return check.found;
    }
    let mut names = BTreeSet::new();
    for (index, route) in document.routes.iter().enumerate() {
        let at = format!("routes[{index}]");
        if !is_name(&route.name) {
            check.add(format!("{at}.name"), NAME);
        } else if !names.insert(&route.name) {
            check.add(format!("{at}.name"), "is the name of an earlier route");
        }
        check.pattern(&format!("{at}.match"), &route.r#match);
        check.rules(&format!("{at}.rules"), &route.rules);
    }
    check.reach(document);
    for (name, rules) in &document.services {
        check.service(name, rules);
    }
    for (name, addresses) in &document.upstreams {
        check.upstream(name, addresses);
    }
    check.found
}

const NAME: &str = "must be 1 to 64 of a-z, 0-9 and -";

struct Check<'a> {
    upstreams: BTreeSet<&'a str>,
    found: Vec<PolicyFault>,
}

impl Check<'_> {
    fn add(&mut self, at: impl Into<String>, detail: impl Into<std::borrow::Cow<'static, str>>) {
        self.found.push(PolicyFault::at(at, detail));
    }

    fn that(&mut self, holds: bool, at: String, detail: &'static str) {
        if !holds {
            self.add(at, detail);
        }
    }

    fn range<T: PartialOrd + std::fmt::Display>(
        &mut self,
        value: Option<T>,
        range: &RangeInclusive<T>,
        at: String,
    ) {
        if value.is_some_and(|value| !range.contains(&value)) {
            let detail = format!("must be between {} and {}", range.start(), range.end());
            self.add(at, detail);
        }
    }

    fn pattern(&mut self, at: &str, given: &Match) {
        let detail = "must be a path such as /api/v1/codes or /api/v1/patients/*/merge";
        self.that(is_path(&given.path), format!("{at}.path"), detail);
        for (index, method) in given.methods.iter().enumerate() {
            self.method(format!("{at}.methods[{index}]"), method);
        }
        for (name, value) in &given.headers {
            let at = format!("{at}.headers.{name}");
            self.that(is_token(name), at.clone(), "is no name of a header");
            self.that(is_value(value), at, "must be visible ASCII");
        }
    }

    fn method(&mut self, at: String, method: &str) {
        let detail = "must be GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS";
        self.that(METHODS.contains(&method), at, detail);
    }

    /// A route that no request comes to is a mistake.
    fn reach(&mut self, document: &Document) {
        let patterns = document.routes.iter().map(|it| Pattern::of(&it.r#match));
        let patterns: Vec<_> = patterns.collect();
        for (later, pattern) in patterns.iter().enumerate() {
            let earlier = patterns[..later].iter().position(|it| it.covers(pattern));
            if let Some(earlier) = earlier {
                let name = &document.routes[earlier].name;
                let detail = format!("is never reached: `{name}` before it takes all of these");
                self.add(format!("routes[{later}]"), detail);
            }
        }
    }

    fn rules(&mut self, at: &str, rules: &Rules) {
        let time = format!("{at}.timeout_ms");
        self.range(rules.timeout_ms, &(1..=600_000), time);
        let body = format!("{at}.max_body_bytes");
        self.range(rules.max_body_bytes, &(1..=256 * 1024 * 1024), body);
        let weight = format!("{at}.weight_percent");
        self.range(rules.weight_percent, &(1..=10_000), weight);
        if let Some(cache) = &rules.cache {
            self.cache(&format!("{at}.cache"), cache);
        }
        if let Some(HeaderRules { request, response }) = &rules.headers {
            self.headers(&format!("{at}.headers.request"), request);
            self.headers(&format!("{at}.headers.response"), response);
        }
        if let Some(Rewrite { from, to }) = &rules.rewrite {
            let detail = "must be a path such as /api/v1/codes, without `*`";
            for (name, path) in [("from", from), ("to", to)] {
                let good = path != "/" && is_path(path) && !path.contains('*');
                self.that(good, format!("{at}.rewrite.{name}"), detail);
            }
        }
        if let Some(cors) = &rules.cors {
            self.cors(&format!("{at}.cors"), cors);
        }
        if let Some(fault) = &rules.fault {
            self.fault(&format!("{at}.fault"), fault);
        }
        if let Some(fallback) = &rules.fallback {
            self.fallback(&format!("{at}.fallback"), fallback);
        }
        let split = rules.split.iter().flatten();
        for (index, share) in split.clone().enumerate() {
            self.share(&format!("{at}.split[{index}]"), share);
        }
        let sum: u32 = split.map(|share| u32::from(share.percent)).sum();
        let detail = "must have shares of at most 100 in sum";
        self.that(sum <= 100, format!("{at}.split"), detail);
        if let Some(mirror) = &rules.mirror {
            self.share(&format!("{at}.mirror"), mirror);
        }
    }

    fn cache(&mut self, at: &str, cache: &CacheRules) {
        let least = u64::from(cache.keys != CacheKeys::Off);
        let ttl = format!("{at}.ttl_ms");
        self.range(Some(cache.ttl_ms), &(least..=3_600_000), ttl);
        let stale = format!("{at}.stale_if_error_ms");
        self.range(Some(cache.stale_if_error_ms), &(0..=86_400_000), stale);
        for (index, name) in cache.vary.iter().enumerate() {
            let at = format!("{at}.vary[{index}]");
            self.that(is_token(name), at.clone(), "is no name of a header");
            let secret = matches!(
                name.to_ascii_lowercase().as_str(),
                "authorization" | "cookie" | "x-api-key"
            );
            let detail = "is a credential; `keys: caller` keeps answers apart by these";
            self.that(!secret, at, detail);
        }
        let few = cache.vary.len() <= MAX_VARY;
        self.that(few, format!("{at}.vary"), "may have 8 names");
    }

    fn headers(&mut self, at: &str, change: &HeaderChange) {
        let removed = change.remove.iter().enumerate();
        let removed = removed.map(|(index, name)| (format!("{at}.remove[{index}]"), name));
        let set = change
            .set
            .keys()
            .map(|name| (format!("{at}.set.{name}"), name));
        for (at, name) in removed.chain(set).collect::<Vec<_>>() {
            self.that(is_token(name), at.clone(), "is no name of a header");
            let ours = OURS.contains(&name.to_ascii_lowercase().as_str());
            self.that(!ours, at, "is a header that no policy changes");
        }
        for (name, value) in &change.set {
            let detail = "must be visible ASCII";
            self.that(is_value(value), format!("{at}.set.{name}"), detail);
        }
    }

    fn cors(&mut self, at: &str, cors: &Cors) {
        let any = cors.origins.iter().any(|it| it == "*");
        let alone = !cors.origins.is_empty() && (!any || cors.origins.len() == 1);
        let detail = "must name origins, or `*` alone";
        self.that(alone, format!("{at}.origins"), detail);
        for (index, origin) in cors.origins.iter().enumerate() {
            let detail = "must be an origin such as https://clinic.example";
            let good = origin == "*" || is_origin(origin);
            self.that(good, format!("{at}.origins[{index}]"), detail);
        }
        for (index, method) in cors.methods.iter().enumerate() {
            self.method(format!("{at}.methods[{index}]"), method);
        }
        for (list, names) in [("headers", &cors.headers), ("expose", &cors.expose)] {
            for (index, name) in names.iter().enumerate() {
                let at = format!("{at}.{list}[{index}]");
                self.that(is_token(name), at, "is no name of a header");
            }
        }
        let age = format!("{at}.max_age_s");
        self.range(Some(cors.max_age_s), &(0..=86_400), age);
    }

    fn fault(&mut self, at: &str, fault: &FaultInjection) {
        let given = fault.delay.is_some() || fault.abort.is_some();
        self.that(given, at.to_owned(), "must have a delay or an abort");
        if let Some(delay) = &fault.delay {
            self.range(
                Some(delay.percent),
                &(1..=100),
                format!("{at}.delay.percent"),
            );
            self.range(Some(delay.ms), &(1..=60_000), format!("{at}.delay.ms"));
        }
        if let Some(Abort { percent, status }) = fault.abort {
            self.range(Some(percent), &(1..=100), format!("{at}.abort.percent"));
            let good = matches!(status, 429 | 500 | 503 | 504);
            let detail = "must be 429, 500, 503 or 504";
            self.that(good, format!("{at}.abort.status"), detail);
        }
    }

    fn known(&mut self, at: String, upstream: &str) {
        let known = self.upstreams.contains(upstream);
        self.that(known, at, "must be one of the upstreams of this file");
    }

    fn share(&mut self, at: &str, share: &Share) {
        self.known(format!("{at}.to"), &share.to);
        self.range(Some(share.percent), &(1..=100), format!("{at}.percent"));
    }
}
