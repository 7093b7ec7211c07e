//! A small service to ask.

use std::time::Duration;

use axum::response::{Html, Response};
use medcover_http::{
    ApiResult, Conditional, EdgeConfig, Endpoint, InCall, Json, Path, Query, RawJson, Routes,
};
use medcover_kernel::{Error, Limit};
use medcover_testkit::{Client, edge_with};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

#[derive(Debug, Serialize, Deserialize, IntoParams)]
pub(crate) struct ItemPath {
    /// The code of the item.
    pub(crate) code: String,
}

#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Search {
    /// What to look for.
    pub(crate) q: String,
    /// How many answers.
    #[param(value_type = Option<u32>)]
    pub(crate) limit: Option<Limit>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Batch {
    pub(crate) codes: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Item {
    pub(crate) code: String,
    pub(crate) part: Part,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Part {
    pub(crate) size: u32,
}

pub(crate) static ITEM: Endpoint<Path<ItemPath>, Json<Item>> =
    Endpoint::get("get_item", "/api/v1/items/{code}")
        .summary("One item.")
        .tag("items")
        .public();
pub(crate) static SEARCH: Endpoint<Query<Search>> =
    Endpoint::get("search_items", "/api/v1/search/items")
        .summary("Finds items.")
        .public()
        .weight_percent(10);
pub(crate) static BATCH: Endpoint<Json<Batch>, Json<usize>> =
    Endpoint::post("batch_items", "/api/v1/items/batch").public();
pub(crate) static REPLACE: Endpoint =
    Endpoint::put("replace_item", "/api/v1/items/{code}").public();
pub(crate) static WHO: Endpoint = Endpoint::get("who", "/who").public();
pub(crate) static PANIC: Endpoint = Endpoint::get("panic", "/panic").public();
pub(crate) static FAIL: Endpoint = Endpoint::get("fail", "/fail").public();
pub(crate) static SLOW: Endpoint = Endpoint::get("slow", "/api/v1/health/slow").public();
pub(crate) static PAUSE: Endpoint = Endpoint::get("pause", "/pause").public();
pub(crate) static PAGE: Endpoint = Endpoint::get("page", "/page").public().undescribed();
pub(crate) static BIG: Endpoint = Endpoint::get("big", "/big").public();

async fn item(conditional: Conditional, Path(path): Path<ItemPath>) -> Response {
    conditional.answer(b"release 1", || {
        if path.code == "none" {
            return Err(Error::not_found("There is no such item.").into());
        }
        let part = Part { size: 1 };
        ApiResult::Ok(Json(Item {
            code: path.code,
            part,
        }))
    })
}

async fn search(Query(search): Query<Search>) -> Json<(String, u32)> {
    Json((search.q, search.limit.unwrap_or(Limit::DEFAULT).into()))
}

async fn batch(Json(batch): Json<Batch>) -> Json<usize> {
    Json(batch.codes.len())
}

async fn who(InCall(call): InCall) -> Json<[String; 3]> {
    Json([
        call.request.to_string(),
        call.trace.to_string(),
        call.correlation.to_string(),
    ])
}

async fn fail() -> ApiResult<()> {
    Err(Error::internal("the disk is on fire").into())
}

async fn slow() -> &'static str {
    tokio::time::sleep(Duration::from_hours(1)).await;
    "never"
}

async fn pause() -> &'static str {
    tokio::time::sleep(Duration::from_millis(300)).await;
    "rested"
}

async fn panic() -> Response {
    let nothing: Option<Response> = std::hint::black_box(None);
    nothing.expect("as planned")
}

async fn big(conditional: Conditional) -> Response {
    conditional.answer(b"1", || {
        RawJson(format!("\"{}\"", "x".repeat(5_000)).into_bytes())
    })
}

pub(crate) fn routes() -> Routes {
    let items = Routes::new("some state")
        .add(&ITEM, item)
        .add(&BATCH, batch);
    Routes::new(())
        .add(&SEARCH, search)
        .add(&REPLACE, || async { "replaced" })
        .add(&WHO, who)
        .add(&PANIC, panic)
        .add(&FAIL, fail)
        .add(&SLOW, slow)
        .add(&PAUSE, pause)
        .add(&PAGE, || async { Html("<p>page</p>") })
        .add(&BIG, big)
        .merge(items)
}

pub(crate) fn router() -> axum::Router {
    edge_with(EdgeConfig::default()).router(routes())
}

pub(crate) fn client() -> Client {
    Client::new(router())
}
