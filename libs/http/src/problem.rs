//! Errors as RFC 9457 problems. This is the one place that chooses a status.

use std::borrow::Cow;
use std::error::Error as _;
use std::time::Duration;

use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use medcover_kernel::{Error, ErrorKind, PermissionInfo};
use medcover_telemetry::Context;
use serde::Serialize;
use utoipa::ToSchema;

use crate::traffic::{REFUSED_BY, is_of_a_flood};

/// What a handler returns.
pub type ApiResult<T> = Result<T, Problem>;

/// An error on its way to the caller. Errors of use cases become one by `?`; the edge makes those of the protocol.
///
/// Making the response of a 5xx logs it, once, with its causes; the caller sees none of them.
#[derive(Debug)]
pub struct Problem(Box<Told>);

/// Boxed, so that the answers of handlers, which are mostly no problem, stay small.
#[derive(Debug)]
struct Told {
    status: StatusCode,
    title: &'static str,
    error: Error,
    /// What the status demands that the answer says beside the body.
    header: Option<(HeaderName, HeaderValue)>,
}

/// A service that calls in its own name is not on the list of those that may.
pub const CALLER_NOT_LISTED: &str = "caller-not-listed";

/// Every 401 says how to ask again, as RFC 9110 has it.
const CHALLENGE: HeaderValue = HeaderValue::from_static(r#"Bearer realm="medcover""#);
/// The same to whoever showed credentials that do not hold (RFC 6750, section 3.1).
const BAD_CREDENTIALS: HeaderValue =
    HeaderValue::from_static(r#"Bearer realm="medcover", error="invalid_token""#);

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let (status, title) = status_of(error.kind());
        let challenge = || (WWW_AUTHENTICATE, CHALLENGE);
        Self(Box::new(Told {
            status,
            title,
            error,
            header: (status == StatusCode::UNAUTHORIZED).then(challenge),
        }))
    }
}

const fn status_of(kind: ErrorKind) -> (StatusCode, &'static str) {
    match kind {
        ErrorKind::Invalid => (StatusCode::BAD_REQUEST, "Invalid request"),
        ErrorKind::Refused => (StatusCode::UNPROCESSABLE_ENTITY, "Refused by a rule"),
        ErrorKind::Unauthenticated => (StatusCode::UNAUTHORIZED, "Not signed in"),
        ErrorKind::Forbidden => (StatusCode::FORBIDDEN, "Not allowed"),
        ErrorKind::NotFound => (StatusCode::NOT_FOUND, "Not found"),
        ErrorKind::Conflict => (StatusCode::CONFLICT, "Conflict"),
        ErrorKind::PreconditionFailed => (StatusCode::PRECONDITION_FAILED, "Precondition failed"),
        ErrorKind::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "Request too large"),
        ErrorKind::Limited => (StatusCode::TOO_MANY_REQUESTS, "Too many requests"),
        ErrorKind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "Unavailable"),
        ErrorKind::DeadlineExceeded => (StatusCode::GATEWAY_TIMEOUT, "Deadline exceeded"),
        ErrorKind::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "Internal error"),
    }
}

impl Problem {
    /// The status it is answered with.
    pub const fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The error it tells of.
    pub const fn error(&self) -> &Error {
        &self.0.error
    }

    /// The refusal of a request's body that was too large or too slow, if that is among the causes of `error`: of a request
    /// that was being passed on.
    pub fn of_body(error: &(dyn std::error::Error + 'static)) -> Option<Self> {
        crate::body::beyond_bounds(error)
    }

    /// A refusal that only HTTP knows.
    fn of_protocol(
        status: StatusCode,
        slug: &'static str,
        title: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Box::new(Told {
            status,
            title,
            error: Error::new(ErrorKind::Invalid, slug, detail),
            header: None,
        }))
    }

    pub(crate) fn no_such_path() -> Self {
        Error::not_found("There is nothing at this address.").into()
    }

    pub(crate) fn wrong_method(allow: HeaderValue) -> Self {
        let mut problem = Self::of_protocol(
            StatusCode::METHOD_NOT_ALLOWED,
            "method-not-allowed",
            "Method not allowed",
            format!(
                "This address answers to {}.",
                allow.to_str().unwrap_or_default()
            ),
        );
        problem.0.header = Some((ALLOW, allow));
        problem
    }

    /// The refusal of credentials that were shown.
    pub(crate) fn of_bad_credentials(error: Error) -> Self {
        let mut problem = Self::from(error);
        if problem.status() == StatusCode::UNAUTHORIZED {
            problem.0.header = Some((WWW_AUTHENTICATE, BAD_CREDENTIALS));
        }
        problem
    }

    /// The refusal of a known caller, which names the permission for people and programs.
    pub(crate) fn lacks(permission: PermissionInfo) -> Self {
        let name = permission.name;
        let mut problem = Self::from(Error::forbidden(permission));
        let challenge =
            format!(r#"Bearer realm="medcover", error="insufficient_scope", scope="{name}""#);
        problem.0.header = HeaderValue::from_str(&challenge)
            .ok()
            .map(|challenge| (WWW_AUTHENTICATE, challenge));
        problem
    }

    pub(crate) fn uri_too_long(max_bytes: usize) -> Self {
        Self::of_protocol(
            StatusCode::URI_TOO_LONG,
            "uri-too-long",
            "Address too long",
            format!("The path and query may have {max_bytes} bytes."),
        )
    }

    pub(crate) fn wrong_content_type() -> Self {
        Self::of_protocol(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported-media-type",
            "Unsupported media type",
            "The body must be JSON, sent with `Content-Type: application/json`.",
        )
    }

    pub(crate) fn body_too_large(max_bytes: usize) -> Self {
        Error::new(
            ErrorKind::TooLarge,
            "body-too-large",
            format!("The body may have {max_bytes} bytes."),
        )
        .into()
    }

    pub(crate) fn body_too_slow() -> Self {
        Self::of_protocol(
            StatusCode::REQUEST_TIMEOUT,
            "request-timeout",
            "Request timeout",
            "The body did not end in time.",
        )
    }

    /// The answer did not come in time.
    pub fn deadline_exceeded() -> Self {
        Error::new(
            ErrorKind::DeadlineExceeded,
            "deadline-exceeded",
            "The deadline of the request passed before the answer was ready.",
        )
        .into()
    }
}

impl Told {
    /// Which bound refused, where one did that may admit the same request later, or a policy.
    fn refused_by(&self) -> Option<HeaderValue> {
        let may_be_later = [ErrorKind::Limited, ErrorKind::Unavailable];
        let by_policy = self.error.slug() == CALLER_NOT_LISTED;
        if !by_policy && !may_be_later.contains(&self.error.kind()) {
            return None;
        }
        HeaderValue::from_str(self.error.slug()).ok()
    }

    fn log(&self) {
        tracing::error!(
            target: "medcover.problem",
            status = self.status.as_u16(),
            problem = self.error.slug(),
            cause = self.error.source(),
            "{}",
            self.error
        );
    }
}

/// The body of every answer that is an error, as RFC 9457 has it.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody<'a> {
    /// Which kind of problem it is, as an address relative to this server.
    #[serde(rename = "type")]
    #[schema(example = "/problems/invalid-request")]
    r#type: String,
    /// The kind of problem in words.
    title: &'a str,
    /// The status of the answer.
    status: u16,
    /// What happened this time.
    detail: &'a str,
    /// This very occurrence.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    /// The request it happened to, as in `X-Request-ID` and in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    /// The fields at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ProblemField<'a>>,
}

/// A field at fault.
#[derive(Serialize, ToSchema)]
struct ProblemField<'a> {
    /// A JSON pointer into the body, or `/name` for a parameter.
    pointer: &'a str,
    /// What is wrong with it.
    detail: &'a str,
}

impl<'a> ProblemBody<'a> {
    fn of(problem: &'a Told) -> Self {
        let request_id = Context::read(|context| context.request).map(|id| id.to_string());
        Self {
            r#type: format!("/problems/{}", problem.error.slug()),
            title: problem.title,
            status: problem.status.as_u16(),
            detail: problem.error.message(),
            instance: request_id.as_ref().map(|id| format!("urn:uuid:{id}")),
            request_id,
            errors: problem
                .error
                .faults()
                .iter()
                .map(|fault| ProblemField {
                    pointer: &fault.pointer,
                    detail: &fault.detail,
                })
                .collect(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let told = *self.0;
        let refusal = told.refused_by();
        if told.status.is_server_error() && !is_of_a_flood(told.error.slug()) {
            told.log();
        }
        let body = serde_json::to_vec(&ProblemBody::of(&told)).expect("plain text and numbers");
        let mut response = (told.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(after) = told.error.retry_after() {
            headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(after)));
        }
        if let Some((name, value)) = told.header {
            headers.insert(name, value);
        }
        if let Some(reason) = refusal {
            headers.insert(REFUSED_BY, reason);
        }
        response
    }
}

/// Rounded up: a client that waits this long has waited long enough.
fn whole_seconds(after: Duration) -> u64 {
    after.as_secs() + u64::from(after.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt as _;

    async fn body_of(response: Response) -> serde_json::Value {
        let bytes = response
            .into_body()
            .collect()
            .await
            .expect("whole")
            .to_bytes();
        serde_json::from_slice(&bytes).expect("JSON")
    }

    #[tokio::test]
    async fn shows_fields_and_no_cause() {
        let error = Error::invalid("/q", "must not be empty").with_source("secret detail");
        let response = Problem::from(error).into_response();
        assert_eq!(response.status(), 400);
        assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
        let body = body_of(response).await;
        assert_eq!(body["type"], "/problems/invalid-request");
        assert_eq!(body["errors"][0]["pointer"], "/q");
        assert!(!body.to_string().contains("secret"));
    }

    #[tokio::test]
    async fn says_when_to_try_again() {
        let error = Error::unavailable("later").with_retry_after(Duration::from_millis(1_200));
        let response = Problem::from(error).into_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()[RETRY_AFTER], "2");
    }
}
