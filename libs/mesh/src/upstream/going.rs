//! The calls of one attempt that are on their way: one, or two where it is hedged.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use axum::body::{Body, HttpBody};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::BodyExt as _;
use medcover_http::{TRACEPARENT, Unanswered, Way, Why};
use medcover_telemetry::{Layer, Outcome, Span, attributes};

use super::instances::Member;
use super::lease::Lease;
use super::verdict::Verdict;

/// An answer of a known length up to this is read whole before it counts as one: an instance that dies over it has not
/// answered, and another can be asked.
pub(super) const READ_WHOLE_BYTES: u64 = 64 * 1024;

type Answer = Result<Response<Body>, Unanswered>;
type Sending = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// Dropped, every lease goes back: the caller went away.
#[derive(Default)]
pub(super) struct Going(Vec<(Lease, Sending)>);

impl Going {
    /// Sends `request` to the instance that `lease` is of.
    pub(super) fn start(
        &mut self,
        lease: Lease,
        (mut request, path): (Request<Body>, PathAndQuery),
    ) {
        let member = lease.member();
        let span = span(&lease, &member, request.headers_mut());
        let sending = sent(member.target().way.clone(), request, path);
        let sending: Sending = if span.is_recorded() {
            Box::pin(span.around(sending, told))
        } else {
            Box::pin(sending)
        };
        self.0.push((lease, sending));
    }

    /// The first that ends; for ever pending when there is none.
    pub(super) async fn next(&mut self) -> (Lease, Answer) {
        let (mut lease, answer) = poll_fn(|cx| {
            let ended =
                self.0
                    .iter_mut()
                    .enumerate()
                    .find_map(|(place, (_, sending))| match sending.as_mut().poll(cx) {
                        Poll::Ready(answer) => Some((place, answer)),
                        Poll::Pending => None,
                    });
            ended.map_or(Poll::Pending, |(place, answer)| {
                let (lease, _) = self.0.swap_remove(place);
                Poll::Ready((lease, answer))
            })
        })
        .await;
        lease.begins();
        (lease, answer)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Waits no more: none of them has answered in time.
    pub(super) fn give_up(&mut self) {
        for (lease, _) in self.0.drain(..) {
            lease.end(Verdict::Failed);
        }
    }
}

/// The span of one try, which is the parent of what happens there.
fn span(lease: &Lease, member: &Member, headers: &mut HeaderMap) -> Span {
    let mut span = Span::child(Layer::Client, "try");
    if let Some(parent) = span.parent() {
        let parent = HeaderValue::try_from(parent.to_string());
        headers.insert(TRACEPARENT, parent.expect("ids are visible ASCII"));
        span.set(attributes::UPSTREAM, lease.service().to_owned());
        span.set(attributes::INSTANCE, member.target().address.to_string());
    }
    span
}

/// What the span of a try says of what came of it. One that was given up says nothing: nobody waited for it any more.
fn told(span: &mut Span, answer: &Answer) -> Outcome {
    match answer {
        Ok(answer) => {
            let status = answer.status().as_u16();
            span.set(attributes::STATUS, status);
            match status {
                ..400 => Outcome::Done,
                400..500 => Outcome::Refused,
                _ => Outcome::Failed,
            }
        }
        Err(error) => {
            span.set(
                attributes::ERROR,
                match error.why() {
                    Why::Unsent => "unsent",
                    Why::Unknown => "unknown",
                    Why::Late => "late",
                    Why::Refused(refusal) => refusal.slug,
                },
            );
            Outcome::Failed
        }
    }
}

async fn sent(way: Way, request: Request<Body>, path: PathAndQuery) -> Answer {
    let (head, body) = way.send(request, path).await?.into_parts();
    let length = HttpBody::size_hint(&body).exact();
    if body.is_end_stream() || length.is_none_or(|length| length > READ_WHOLE_BYTES) {
        return Ok(Response::from_parts(head, Body::new(body)));
    }
    let whole = body.collect().await.map_err(Unanswered::unknown)?;
    Ok(Response::from_parts(head, Body::from(whole.to_bytes())))
}
