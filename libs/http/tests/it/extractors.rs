//! Parameters and bodies through the whole stack.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use hyper::body::Frame;
use serde_json::json;

use crate::demo::client;

#[tokio::test]
async fn well_formed_requests_are_answered() {
    let client = client();
    let found = client.get("/api/v1/search/items?q=a%20b&limit=3").await;
    assert_eq!(found.json(), json!(["a b", 3]));
    let item = client.get("/api/v1/items/E11%2E65").await;
    assert_eq!(item.json(), json!({"code": "E11.65", "part": {"size": 1}}));
    let batch = client
        .post("/api/v1/items/batch", &json!({"codes": ["a", "b"]}))
        .await;
    assert_eq!(batch.json(), json!(2));
}

#[tokio::test]
async fn every_parameter_at_fault_is_named() {
    let answer = client()
        .get("/api/v1/search/items?limit=1000&colour=red")
        .await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["type"], "/problems/invalid-request");
    let mut pointers = answer.pointers();
    pointers.sort();
    assert_eq!(pointers, ["/colour", "/limit", "/q"]);
}

#[tokio::test]
async fn broken_encoding_is_400() {
    for path in [
        "/api/v1/items/%zz",
        "/api/v1/items/%ff",
        "/api/v1/items/a%4",
        "/api/v1/search/items?q=%ff",
        "/api/v1/search/items?q=%",
    ] {
        let answer = client().get(path).await;
        assert_eq!(answer.status, 400, "{path}");
        assert_eq!(answer.pointers().len(), 1, "{path}");
    }
}

#[tokio::test]
async fn bodies_are_refused_by_field_type_and_size() {
    let client = client();
    let path = "/api/v1/items/batch";
    let wrong = client.post(path, &json!({"codes": ["a", 7]})).await;
    assert_eq!(wrong.status, 400);
    assert_eq!(wrong.pointers(), ["/codes/1"]);

    let json_type = [("content-type", "application/json")];
    let broken = client.ask("POST", path, &json_type, "{\"codes\":").await;
    assert_eq!(broken.status, 400);
    assert_eq!(broken.json()["type"], "/problems/invalid-json");

    let untyped = client.ask("POST", path, &[], "{\"codes\":[]}").await;
    assert_eq!(untyped.status, 415);

    let large = vec![b' '; 1024 * 1024 + 1];
    let refused = client.ask("POST", path, &json_type, large.clone()).await;
    assert_eq!(refused.status, 413);
    assert_eq!(refused.json()["type"], "/problems/body-too-large");

    // Of unannounced length: it is found out while reading.
    let chunks = large
        .chunks(100_000)
        .map(|chunk| Ok(Bytes::copy_from_slice(chunk)))
        .collect::<Vec<_>>();
    let stream = Body::new(Chunks(chunks.into_iter()));
    let refused = client.ask("POST", path, &json_type, stream).await;
    assert_eq!(refused.status, 413);

    let broken = vec![Err(std::io::Error::other("gone"))];
    let stream = Body::new(Chunks(broken.into_iter()));
    let refused = client.ask("POST", path, &json_type, stream).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.json()["type"], "/problems/incomplete-body");
}

/// A body that nobody announces the length of.
struct Chunks(std::vec::IntoIter<std::io::Result<Bytes>>);

impl hyper::body::Body for Chunks {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<std::io::Result<Frame<Bytes>>>> {
        Poll::Ready(self.0.next().map(|chunk| chunk.map(Frame::data)))
    }
}
