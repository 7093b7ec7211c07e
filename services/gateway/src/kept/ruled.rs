//! What is kept because a policy says so.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderName};
use medcover_cache::{Cache, Policy};
use medcover_http::{API_KEY, Answering, Keep, Pass};
use medcover_policy::{CacheKeys, CacheRules};
use sha2::{Digest as _, Sha256};

use super::{Asked, Kept};

/// That a policy says whether the answer to a request is kept: an extension of the request. The settings then say nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IsRuled;

/// Keeps answers by the rules of a route.
pub(crate) struct Ruled {
    rules: CacheRules,
    vary: Vec<HeaderName>,
    kept: Kept,
}

impl Ruled {
    pub(crate) fn new(cache: &Cache, rules: CacheRules) -> Self {
        let policy = Policy::of(Duration::from_millis(rules.ttl_ms));
        let stale = Duration::from_millis(rules.stale_if_error_ms);
        let vary = rules.vary.iter().filter_map(|name| name.parse().ok());
        Self {
            vary: vary.collect(),
            kept: Kept::new(cache, policy.stale_if_error(stale)),
            rules,
        }
    }

    /// What the answer to `request` depends on, if it may be kept.
    fn asked(&self, request: &Request) -> Option<Asked> {
        let headers = request.headers();
        let shows = headers.contains_key(AUTHORIZATION) || headers.contains_key(API_KEY);
        let kept = match self.rules.keys {
            CacheKeys::Off => false,
            CacheKeys::Public => !shows,
            CacheKeys::Caller => true,
        };
        kept.then(|| Asked::by(request, Some(self.beside(headers))))
            .flatten()
    }

    /// A digest of the rules, so that others find nothing of these; of the headers that count; and of what is shown.
    fn beside(&self, headers: &HeaderMap) -> String {
        let mut digest = Sha256::new();
        let CacheRules {
            ttl_ms,
            stale_if_error_ms,
            ..
        } = self.rules;
        digest.update(ttl_ms.to_be_bytes());
        digest.update(stale_if_error_ms.to_be_bytes());
        let shown = [AUTHORIZATION, API_KEY];
        for name in self.vary.iter().chain(&shown) {
            digest.update(name.as_str());
            for value in headers.get_all(name) {
                digest.update((value.len() as u64).to_be_bytes());
                digest.update(value.as_bytes());
            }
            digest.update([0xff]);
        }
        let mut text = String::new();
        for byte in digest.finalize() {
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

impl Keep for Ruled {
    fn answer(self: Arc<Self>, request: Request, pass: Pass) -> Answering {
        Box::pin(async move {
            match self.asked(&request) {
                Some(asked) => self.kept.answer(asked, request, pass).await,
                None => pass(request).await,
            }
        })
    }
}
