//! What an answer depends on.

use axum::extract::Request;
use axum::http::Method;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, COOKIE, RANGE};
use medcover_cache::{CacheKey, KeyText, Policy};

use super::Answer;
use crate::Gateway;

/// What an answer depends on.
pub(crate) struct Asked {
    path: String,
    encodings: String,
    /// What a policy says that it depends on beside: a digest, since that may be a secret.
    beside: Option<String>,
}

impl Asked {
    /// `request`, if an answer to such a one may be kept: a GET of something whole, without a body or a session.
    pub(super) fn by(request: &Request, beside: Option<String>) -> Option<Self> {
        let headers = request.headers();
        let own = [COOKIE, RANGE, CACHE_CONTROL];
        let whole = *request.method() == Method::GET
            && axum::body::HttpBody::is_end_stream(request.body())
            && own.iter().all(|name| !headers.contains_key(name));
        let path = request.uri().path_and_query();
        let encodings = headers.get(ACCEPT_ENCODING);
        let encodings = encodings.and_then(|value| value.to_str().ok());
        whole.then(|| Self {
            path: path.map_or_else(|| "/".to_owned(), ToString::to_string),
            encodings: encodings.unwrap_or_default().to_owned(),
            beside,
        })
    }
}

impl CacheKey for Asked {
    type Value = Answer;
    const SPACE: &'static str = "answers";
    const POLICY: Policy = Policy::of(Gateway::KEPT_FOR).stale_if_error(Gateway::KEPT_FOR_TROUBLE);

    fn write(&self, to: &mut KeyText<'_>) {
        to.text(&self.path).text("|").text(&self.encodings);
        if let Some(beside) = &self.beside {
            to.text("|").text(beside);
        }
    }
}
