//! A part of the address space that somebody else answers.

use std::fmt;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;

use super::{Answering, Gate};

/// The edge before addresses that somebody else answers: ids, bounds, deadline, figures and log are as everywhere. Cloning
/// is cheap. Made by [`Edge::passage`](super::Edge::passage).
#[derive(Clone)]
pub struct Passage {
    gate: Arc<Gate>,
    handle: Arc<dyn Fn(Request) -> Answering + Send + Sync>,
}

impl Passage {
    pub(super) fn new<F>(
        gate: Arc<Gate>,
        handle: impl Fn(Request) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Response> + Send + 'static,
    {
        Self {
            gate,
            handle: Arc::new(move |request| Box::pin(handle(request))),
        }
    }

    /// Takes a request on that has come through an edge already: it is not bounded, counted or charged once more.
    pub fn hand_on(&self, request: Request) -> Answering {
        (self.handle)(request)
    }

    /// Takes `request` through.
    pub fn pass(&self, request: Request) -> impl Future<Output = Response> + Send + use<> {
        let handle = Arc::clone(&self.handle);
        Arc::clone(&self.gate).pass(request, move |request| handle(request))
    }
}

impl fmt::Debug for Passage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Passage({})", self.gate.operation.name())
    }
}
