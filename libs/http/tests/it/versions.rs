//! Things with a version: `ETag`, 304, `If-Match`.

use medcover_http::{BasedOn, Endpoint, HttpClient, IfMatch, Routes, Tagged, Versioned, openapi};
use medcover_kernel::{Call, Result};
use medcover_testkit::{Answer, Client, TestServer, edge};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, PartialEq, Serialize, Deserialize, ToSchema)]
struct Bed {
    version: u64,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MoveBed {
    #[serde(default)]
    version: Option<u64>,
}

impl Versioned for Bed {
    fn version(&self) -> u64 {
        self.version
    }
}

impl BasedOn for MoveBed {
    fn based_on(&mut self) -> &mut Option<u64> {
        &mut self.version
    }
}

static BED: Endpoint<(), Tagged<Bed>> = Endpoint::get("bed", "/bed").public();
/// Answers the version that the change was made on, or 0.
static MOVE: Endpoint<IfMatch<MoveBed>, Tagged<Bed>> = Endpoint::put("move_bed", "/bed").public();

fn routes() -> Routes {
    Routes::new(())
        .answer(&BED, async |(), _: Call, ()| Ok(Bed { version: 7 }))
        .answer(&MOVE, async |(), _: Call, IfMatch(change)| moved(change))
}

#[expect(clippy::unnecessary_wraps, reason = "use cases can fail")]
fn moved(change: MoveBed) -> Result<Bed> {
    Ok(Bed {
        version: change.version.unwrap_or_default(),
    })
}

fn client() -> Client {
    Client::new(edge().router(routes()))
}

async fn put(if_match: &[&str], body: &'static str) -> Answer {
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(if_match.iter().map(|text| ("if-match", *text)));
    client().ask("PUT", "/bed", &headers, body).await
}

#[tokio::test]
async fn what_is_read_carries_its_version_and_is_not_sent_to_whoever_holds_it() {
    let client = client();
    let answer = client.get("/bed").await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("etag")),
        (200, "\"7\"")
    );
    for held in ["\"7\"", "W/\"7\"", "\"6\", \"7\"", "*"] {
        let answer = client.get_with("/bed", &[("if-none-match", held)]).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("etag")),
            (304, "\"7\""),
            "{held}"
        );
        assert!(answer.body.is_empty());
    }
    let changed = client.get_with("/bed", &[("if-none-match", "\"6\"")]).await;
    assert_eq!(changed.status, 200);
}

#[tokio::test]
async fn the_version_of_a_change_comes_in_the_head_or_in_the_body() {
    let version =
        async |if_match: &[&str], body| put(if_match, body).await.json()["version"].clone();
    assert_eq!(version(&[], "{}").await, 0);
    assert_eq!(version(&["*"], "{}").await, 0);
    assert_eq!(version(&[], "{\"version\":3}").await, 3);
    assert_eq!(version(&["\"4\""], "{}").await, 4);
    assert_eq!(version(&["W/\"4\""], "{\"version\":4}").await, 4);
    let differing = put(&["\"4\""], "{\"version\":3}").await;
    assert_eq!(
        (differing.status.as_u16(), differing.pointers()),
        (400, vec!["/version".to_owned()])
    );
    let foreign = put(&["\"abc\""], "{}").await;
    assert_eq!(foreign.status, 412);
    assert_eq!(foreign.json()["type"], "/problems/version-changed");
    let bare = put(&["4"], "{}").await;
    assert_eq!(
        (bare.status.as_u16(), bare.pointers()),
        (400, vec!["/If-Match".to_owned()])
    );
    let held = [
        ("content-type", "application/json"),
        ("if-none-match", "\"0\""),
    ];
    let changed = client().ask("PUT", "/bed", &held, "{}").await;
    assert_eq!(
        changed.status, 200,
        "a change is never answered that nothing was modified"
    );
}

#[tokio::test]
async fn the_client_says_it_in_the_body_and_the_description_in_both_places() {
    let server = TestServer::start(edge().router(routes())).await;
    let clock = std::sync::Arc::new(medcover_kernel::SystemClock::new());
    let client = HttpClient::new(&format!("http://{}", server.addr), clock).expect("an address");
    let change = MoveBed { version: Some(9) };
    let bed = client.ask(&MOVE, &Call::for_tests(), IfMatch(change)).await;
    assert_eq!(bed.expect("moved"), Bed { version: 9 });
    let info = medcover_http::Info {
        title: "beds",
        version: "1",
        description: "",
    };
    let described = openapi(info, &routes().endpoints());
    assert_eq!(
        described["paths"]["/bed"]["put"]["parameters"][0]["name"],
        "If-Match"
    );
}
