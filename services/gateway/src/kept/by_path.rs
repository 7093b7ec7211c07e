//! What is kept without a policy: public answers of roles elsewhere that are the same for everybody.

use axum::extract::Request;
use axum::http::header::AUTHORIZATION;
use axum::response::Response;
use medcover_cache::{Cache, CacheKey as _};
use medcover_http::API_KEY;

use super::{Asked, IsRuled, Kept};

/// Keeps answers below some paths.
pub(crate) struct ByPath {
    kept: Kept,
    prefixes: &'static [&'static str],
}

impl ByPath {
    pub(crate) fn new(cache: &Cache, prefixes: &'static [&'static str]) -> Self {
        Self {
            kept: Kept::new(cache, Asked::POLICY),
            prefixes,
        }
    }

    /// What the answer to `request` depends on, if it may be kept: of whoever shows nothing, where no policy has a say.
    pub(crate) fn asked(&self, request: &Request) -> Option<Asked> {
        let path = request.uri().path();
        let shown = [AUTHORIZATION, API_KEY];
        let concerns = self.prefixes.iter().any(|prefix| path.starts_with(prefix))
            && shown
                .iter()
                .all(|name| !request.headers().contains_key(name))
            && request.extensions().get::<IsRuled>().is_none();
        concerns.then(|| Asked::by(request, None)).flatten()
    }

    /// The kept answer to `request`, or else what `pass` gives.
    pub(crate) async fn answer<Fut>(
        &self,
        asked: Asked,
        request: Request,
        pass: impl FnOnce(Request) -> Fut,
    ) -> Response
    where
        Fut: Future<Output = Response>,
    {
        self.kept.answer(asked, request, pass).await
    }
}
