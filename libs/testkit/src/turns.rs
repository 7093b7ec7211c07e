//! Several processes behind one address.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::Request;
use tower::ServiceExt as _;

/// Asks `processes` by turns, as whoever stands before a fleet does.
pub fn by_turns<const N: usize>(processes: [Router; N]) -> Router {
    let (processes, asked) = (Arc::new(processes), Arc::new(AtomicUsize::new(0)));
    Router::new().fallback(move |request: Request| {
        let turn = asked.fetch_add(1, Ordering::Relaxed) % N;
        processes[turn].clone().oneshot(request)
    })
}
