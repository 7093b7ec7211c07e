//! What stands at addresses where nothing is: a page for browsers, a problem for programs.

use std::convert::Infallible;

use axum::Router;
use axum::extract::Request;
use axum::http::header::ACCEPT;
use axum::http::{Method, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use medcover_http::{Edge, Endpoint, Routes};
use tower::{Service as _, service_fn};

static NO_PAGE: Endpoint = Endpoint::get("no_such_page", "/{*rest}")
    .public()
    .undescribed();

/// Addresses that programs ask for. There, an unknown one is a problem whatever the caller accepts.
const FOR_PROGRAMS: [&str; 2] = ["/api/", "/openapi.json"];

/// Puts a page for browsers where `router` would answer that nothing is there.
pub(crate) fn with_page(edge: &Edge, router: Router) -> Router {
    let problems = router.clone();
    let pages = edge.router(Routes::new(()).add(&NO_PAGE, page));
    router.fallback_service(service_fn(move |request: Request| {
        let mut answering = if is_from_browser(&request) {
            pages.clone()
        } else {
            problems.clone()
        };
        async move { Ok::<_, Infallible>(answering.call(request).await.unwrap_or_else(never)) }
    }))
}

fn never(error: Infallible) -> Response {
    match error {}
}

async fn page() -> Response {
    let page = Html(include_str!("../../static/nowhere.html"));
    (StatusCode::NOT_FOUND, page).into_response()
}

fn is_from_browser(request: &Request) -> bool {
    let path = request.uri().path();
    let accepts = request.headers().get_all(ACCEPT).iter();
    let mut accepts = accepts.filter_map(|accepted| accepted.to_str().ok());
    request.method() == Method::GET
        && !FOR_PROGRAMS.iter().any(|start| path.starts_with(start))
        && accepts.any(|accepted| accepted.contains("text/html"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use medcover_testkit::{Client, edge};

    async fn answer(path: &str, accept: &str) -> (u16, String) {
        let edge = edge();
        let router = with_page(&edge, edge.router(Routes::new(())));
        let answer = Client::new(router)
            .get_with(path, &[("accept", accept)])
            .await;
        (
            answer.status.as_u16(),
            answer.header("content-type").to_owned(),
        )
    }

    #[tokio::test]
    async fn browsers_get_a_page_and_programs_a_problem() {
        let browser = "text/html,application/xhtml+xml,*/*;q=0.8";
        let page = (404, "text/html; charset=utf-8".to_owned());
        let problem = (404, "application/problem+json".to_owned());
        assert_eq!(answer("/no/such/page", browser).await, page);
        assert_eq!(answer("/no/such/page", "*/*").await, problem);
        assert_eq!(answer("/api/v1/nothing", browser).await, problem);
    }
}
