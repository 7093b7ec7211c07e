//! The description of the API: as `OpenAPI`, and as a page for people made from it.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use medcover_http::{Conditional, Endpoint, Info, Routes, Spec, openapi};
use serde_json::Value;

use super::docs_page::DocsPage;

static OPENAPI: Endpoint = Endpoint::get("openapi", "/openapi.json")
    .public()
    .undescribed();
static DOCS: Endpoint = Endpoint::get("docs", "/docs").public().undescribed();
static STYLE: Endpoint = Endpoint::get("docs_style", "/docs/style.css")
    .public()
    .undescribed();

/// What stands at the head of the description.
const ABOUT: &str = "Finds, completes and explains medical codes. Errors are problems as RFC 9457 has them; each kind \
                     has a page at its `type`.";

/// Describes `endpoints`.
pub(crate) fn describe(endpoints: &[&Spec]) -> Value {
    let info = Info {
        title: "medcover",
        version: env!("CARGO_PKG_VERSION"),
        description: ABOUT,
    };
    openapi(info, endpoints)
}

struct Pages {
    openapi: String,
    docs: String,
}

/// The routes that answer the description of `endpoints`.
pub(crate) fn routes(endpoints: &[&Spec]) -> Routes<impl Clone + Send + Sync + 'static> {
    let description = describe(endpoints);
    let page = DocsPage::of(&description).render();
    let pages = Pages {
        openapi: description.to_string(),
        docs: page.expect("the template writes to a string"),
    };
    Routes::new(Arc::new(pages))
        .add(&OPENAPI, answer_openapi)
        .add(&DOCS, answer_docs)
        .add(&STYLE, answer_style)
}

async fn answer_openapi(State(pages): State<Arc<Pages>>, held: Conditional) -> Response {
    tagged(&held, "application/json", &pages.openapi)
}

async fn answer_docs(State(pages): State<Arc<Pages>>, held: Conditional) -> Response {
    tagged(&held, "text/html; charset=utf-8", &pages.docs)
}

async fn answer_style(held: Conditional) -> Response {
    const TEXT: &str = include_str!("../../static/docs.css");
    tagged(&held, "text/css; charset=utf-8", TEXT)
}

fn tagged(held: &Conditional, kind: &'static str, text: &str) -> Response {
    held.answer(text.as_bytes(), || {
        ([(CONTENT_TYPE, kind)], text.to_owned()).into_response()
    })
}
