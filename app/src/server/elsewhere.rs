//! What other processes answer.

use std::convert::Infallible;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use medcover_gateway::Gateway;
use tower::{Service as _, service_fn};

/// Passes on by `gateway` what runs elsewhere, before `router` is asked.
pub(crate) fn before(gateway: Gateway, router: Router) -> Router {
    Router::new().fallback_service(service_fn(move |request: Request| {
        let passage = gateway.passage(request.uri().path()).cloned();
        let mut here = router.clone();
        async move {
            match passage {
                Some(passage) => Ok::<Response, Infallible>(passage.pass(request).await),
                None => here.call(request).await,
            }
        }
    }))
}
