//! What services of record show while the server that keeps their state is away.

use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use medcover_http::{Answering, DEGRADED, Reads};
use medcover_store::Showing;

/// Lets replicas answer what is only shown, and marks an answer that may be behind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shows;

impl Reads for Shows {
    fn around(&self, answering: Answering) -> Answering {
        Box::pin(async move {
            let showing = Showing::default();
            let mut response = showing.around(answering).await;
            if showing.is_behind() {
                let headers = response.headers_mut();
                headers.append(DEGRADED, HeaderValue::from_static("store; by=replica"));
                // Nobody shows it again without the mark.
                headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            }
            response
        })
    }
}
