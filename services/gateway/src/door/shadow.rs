//! Copies of requests that only read.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::AUTHORIZATION;
use medcover_http::{API_KEY, Peer};
use tokio::sync::Semaphore;
use tower::Service as _;

use super::Destination;

/// So many copies are on their way at once; beyond, none are sent: a copy must never cost a request.
const MAX_COPIES: usize = 64;

/// Sends copies.
#[derive(Clone, Debug)]
pub(super) struct Shadow {
    places: Arc<Semaphore>,
}

impl Default for Shadow {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(MAX_COPIES)),
        }
    }
}

impl Shadow {
    /// Sends a copy of `request` to the upstream `to` by `router`. What the caller showed to prove who they are does not go
    /// along: an upstream on trial is shown nobody's credentials.
    pub(super) fn send(&self, request: &Request, to: &str, mut router: Router) {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            return;
        };
        let mut copy = Request::new(Body::empty());
        *copy.method_mut() = request.method().clone();
        *copy.uri_mut() = request.uri().clone();
        copy.headers_mut().clone_from(request.headers());
        copy.headers_mut().remove(AUTHORIZATION);
        copy.headers_mut().remove(API_KEY);
        let extensions = copy.extensions_mut();
        extensions.insert(Destination(to.into()));
        if let Some(peer) = request.extensions().get::<Peer>() {
            extensions.insert(*peer);
        }
        tokio::spawn(async move {
            let _place = place;
            let Ok(answer) = router.call(copy).await;
            drop(answer);
        });
    }
}
