//! How pages and failures are answered.

use askama::Template;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use medcover_http::Problem;
use medcover_kernel::Error;

use crate::Console;
use crate::pages::{Section, Shell};

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
/// Nothing inline and nothing from elsewhere, so that markup which slipped through escaping would still do nothing.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);
/// What was searched for may tell of a person, so nobody between keeps it.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");

/// A page or a part of one, answered with `status`.
pub(crate) fn html(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => dressed(status.into_response(), text),
        Err(error) => Problem::from(Error::internal(error)).into_response(),
    }
}

fn dressed(response: Response, text: String) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.headers.insert(CONTENT_TYPE, HTML);
    parts.headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    parts.headers.insert(CACHE_CONTROL, PRIVATE);
    Response::from_parts(parts, text.into())
}

/// An error on its way to a reader of pages.
#[derive(Debug)]
pub(crate) struct Failure {
    problem: Problem,
    notice: Option<&'static str>,
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            notice: None,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Problem::from(error).into()
    }
}

impl Console {
    /// What stands around a page of `section`.
    pub(crate) const fn shell(&self, section: Section) -> Shell {
        Shell::of(section, self.notice)
    }

    /// A page, or the one that says why there is none.
    pub(crate) async fn answer(
        &self,
        page: impl Future<Output = Result<Response, Failure>>,
    ) -> Result<Response, Failure> {
        page.await.map_err(|failure| Failure {
            notice: self.notice,
            ..failure
        })
    }
}

#[derive(Template)]
#[template(path = "failure.html")]
struct FailurePage {
    shell: Shell,
    status: u16,
    title: &'static str,
    message: String,
    faults: Vec<String>,
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        // The problem chooses the status, says when to try again and logs what is ours; only its body is for programs.
        let Self { problem, notice } = self;
        let error = problem.error();
        let page = FailurePage {
            shell: Shell::of(Section::None, notice),
            status: problem.status().as_u16(),
            title: title(problem.status()),
            message: error.message().to_owned(),
            faults: faults(error),
        };
        match page.render() {
            Ok(text) => dressed(problem.into_response(), text),
            Err(_) => problem.into_response(),
        }
    }
}

/// Each fault as a sentence.
pub(crate) fn faults(error: &Error) -> Vec<String> {
    let faults = error.faults().iter();
    faults
        .map(|fault| format!("{} {}", fault.pointer.trim_start_matches('/'), fault.detail))
        .collect()
}

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "Not found",
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => "Not available just now",
        status if status.is_client_error() => "This cannot be answered",
        _ => "Something went wrong",
    }
}
