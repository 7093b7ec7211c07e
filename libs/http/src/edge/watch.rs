//! The handler under watch: its log context, its deadline, and a guard against panics.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use axum::response::{IntoResponse as _, Response};
use medcover_kernel::Error;
use medcover_telemetry::Context;
use tokio::time::{Sleep, sleep};

use super::Answering;
use crate::problem::Problem;

/// Drives `handler` to its answer, or answers for it: 504 once `within` has passed, 500 when it panics.
///
/// The timer starts when the handler first waits. Most handlers never do, and for them there is no timer at all.
pub(super) async fn watch(
    mut handler: Answering,
    context: &mut Context,
    within: Duration,
) -> Response {
    let mut timer: Option<Pin<Box<Sleep>>> = None;
    poll_fn(|cx| {
        context.within(|| {
            // The handler is dropped after a panic and never polled again, so no broken state of it is seen.
            match catch_unwind(AssertUnwindSafe(|| handler.as_mut().poll(cx))) {
                Ok(Poll::Ready(response)) => return Poll::Ready(response),
                Ok(Poll::Pending) => {}
                Err(_) => return Poll::Ready(panicked()),
            }
            let timer = timer.get_or_insert_with(|| Box::pin(sleep(within)));
            timer
                .as_mut()
                .poll(cx)
                .map(|()| Problem::deadline_exceeded().into_response())
        })
    })
    .await
}

/// The panic hook has logged what happened and where.
#[cold]
fn panicked() -> Response {
    Problem::from(Error::internal("the handler panicked")).into_response()
}
