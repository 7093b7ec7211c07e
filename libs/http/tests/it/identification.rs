//! Who asks, and whether they may.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use medcover_http::{
    Created, Edge, EdgeConfig, Endpoint, Identify, Identity, InCall, Info, Json, Query, Routes,
    Shown, openapi,
};
use medcover_kernel::{
    Allowed, Call, Caller, ClientId, Clock as _, Error, PermissionInfo, Purpose, Result, Scopes,
    SystemClock, TenantId, Tier, UserId,
};
use medcover_testkit::{Client, edge_with};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

medcover_kernel::permission! {
    /// Reads accounts.
    ReadAccounts = "accounts.read";
    /// Opens accounts.
    OpenAccounts = "accounts.open";
}

#[derive(Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Wanted {
    name: String,
}

#[derive(Serialize, Deserialize, ToSchema)]
struct Account {
    name: String,
}

/// Who asked, as the use case saw it.
#[derive(Serialize, Deserialize, ToSchema)]
struct Seen {
    tenant: String,
    caller: String,
    tier: Tier,
    purpose: String,
    key: Option<String>,
    left_ms: u64,
}

static FIND: Endpoint<Query<Wanted>, Json<Seen>> =
    Endpoint::get("find_account", "/api/v1/accounts").needs::<ReadAccounts>();
static OPEN: Endpoint<Json<Account>, Created<Seen>> =
    Endpoint::post("open_account", "/api/v1/accounts")
        .needs::<OpenAccounts>()
        .once();
static OPEN_TO_ALL: Endpoint = Endpoint::get("open_to_all", "/open").public();
static UNDECIDED: Endpoint = Endpoint::get("undecided", "/undecided");

fn seen(call: &Call) -> Seen {
    Seen {
        tenant: call.tenant.to_string(),
        caller: call.caller.to_string(),
        tier: call.tier,
        purpose: call.purpose.to_string(),
        key: call.idempotency.as_ref().map(ToString::to_string),
        left_ms: u64::try_from(call.deadline.left(SystemClock::new().elapsed()).as_millis())
            .unwrap_or(u64::MAX),
    }
}

async fn find((): (), call: Call, _: Query<Wanted>) -> Result<Seen> {
    let allowed = Allowed::<ReadAccounts>::by(&call)?;
    Ok(seen(allowed.call()))
}

async fn open((): (), call: Call, Json(account): Json<Account>) -> Result<Seen> {
    let allowed = Allowed::<OpenAccounts>::by(&call)?;
    if account.name == "again" {
        call.replay.as_ref().expect("somebody asks").note();
    }
    Ok(seen(allowed.call()))
}

/// Knows one reader, one program and one physician in an emergency; hears of refusals.
#[derive(Default)]
struct Known {
    refused: Mutex<Vec<String>>,
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

#[async_trait]
impl Identify for Known {
    async fn identify(&self, shown: Shown<'_>, _: &Call) -> Result<Identity> {
        let (caller, scopes, purpose) = match shown {
            Shown::Bearer("reader") => (
                Caller::User(UserId::from_uuid(id(7))),
                "accounts.read",
                None,
            ),
            Shown::Bearer("physician") => (
                Caller::User(UserId::from_uuid(id(8))),
                "accounts.read",
                Some(Purpose::Emergency),
            ),
            Shown::ApiKey("program") => (
                Caller::Client(ClientId::from_uuid(id(9))),
                "accounts.open",
                None,
            ),
            Shown::Bearer("later") => return Err(Error::unavailable("The keys cannot be read.")),
            _ => return Err(Error::unauthenticated("The token does not hold.")),
        };
        Ok(Identity {
            tenant: TenantId::from_uuid(id(42)),
            caller,
            scopes: Scopes::of([scopes]),
            tier: match shown {
                Shown::Bearer(_) => Tier::Authenticated,
                Shown::ApiKey(_) => Tier::Premium,
            },
            purpose,
        })
    }

    async fn refused(&self, call: &Call, permission: PermissionInfo) {
        let line = format!("{} lacks {}", call.caller, permission.name);
        self.refused.lock().expect("no panic").push(line);
    }
}

fn routes() -> Routes {
    Routes::new(())
        .answer(&FIND, find)
        .answer(&OPEN, open)
        .add(&OPEN_TO_ALL, async |InCall(call): InCall| {
            call.caller.to_string()
        })
}

fn edge() -> (Edge, Arc<Known>) {
    let known = Arc::new(Known::default());
    let edge = edge_with(EdgeConfig::default()).identified_by(Arc::clone(&known) as _);
    (edge, known)
}

fn client() -> Client {
    Client::new(edge().0.router(routes()))
}

const READER: (&str, &str) = ("authorization", "Bearer reader");
const PROGRAM: (&str, &str) = ("x-api-key", "program");
const JSON: (&str, &str) = ("content-type", "application/json");
const FOUND: &str = "/api/v1/accounts?name=a";

#[tokio::test]
async fn without_credentials_the_answer_is_401_with_a_challenge() {
    let answer = client().get(FOUND).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.json()["type"], "/problems/unauthenticated");
    assert_eq!(
        answer.header("www-authenticate"),
        r#"Bearer realm="medcover""#
    );
}

#[tokio::test]
async fn credentials_that_do_not_hold_are_401_and_told_so() {
    for header in [
        ("authorization", "Bearer stale"),
        ("authorization", "Bearer"),
        ("authorization", "Basic YTpi"),
        ("x-api-key", "stale"),
    ] {
        let answer = client().get_with(FOUND, &[header]).await;
        assert_eq!(answer.status, 401, "{header:?}");
        assert!(
            answer.header("www-authenticate").contains("invalid_token"),
            "{header:?}"
        );
    }
    let both = client().get_with(FOUND, &[READER, PROGRAM]).await;
    assert_eq!(both.status, 400);
    let later = client()
        .get_with(FOUND, &[("authorization", "Bearer later")])
        .await;
    assert_eq!(later.status, 503);
}

#[tokio::test]
async fn a_missing_permission_is_403_named_and_heard_of() {
    let (edge, known) = edge();
    let answer = Client::new(edge.router(routes()))
        .get_with(FOUND, &[PROGRAM])
        .await;
    assert_eq!(answer.status, 403);
    assert!(
        answer.text().contains("`accounts.read`"),
        "{}",
        answer.text()
    );
    let challenge = answer.header("www-authenticate");
    assert!(
        challenge.contains(r#"error="insufficient_scope", scope="accounts.read""#),
        "{challenge}"
    );
    let refused = known.refused.lock().expect("no panic");
    assert_eq!(*refused, [format!("client:{} lacks accounts.read", id(9))]);
}

#[tokio::test]
async fn tenant_and_caller_come_from_the_credentials_alone() {
    let headers = [
        ("authorization", "bearer reader"),
        ("x-tenant-id", "018f3b2a-7c1d-7000-8000-000000000001"),
        ("x-purpose-of-use", "treatment"),
        ("x-timeout-ms", "1500"),
    ];
    let seen = client().get_with(FOUND, &headers).await.json();
    assert_eq!(seen["tenant"], id(42).to_string());
    assert_eq!(seen["caller"], format!("user:{}", id(7)));
    assert_eq!(seen["tier"], "authenticated");
    assert_eq!(seen["purpose"], "treatment");
    let left = seen["left_ms"].as_u64().expect("a number");
    assert!((1_000..=1_600).contains(&left), "{left}");
}

#[tokio::test]
async fn the_tier_is_that_of_the_key() {
    let headers = [PROGRAM, ("idempotency-key", "1"), JSON];
    let body = json!({"name": "a"}).to_string();
    let seen = client()
        .ask("POST", "/api/v1/accounts", &headers, body)
        .await
        .json();
    assert_eq!(seen["tier"], "premium");
}

#[tokio::test]
async fn an_emergency_comes_from_the_credentials_and_not_from_saying_so() {
    let client = client();
    let physician = ("authorization", "Bearer physician");
    assert_eq!(
        client.get_with(FOUND, &[physician]).await.json()["purpose"],
        "emergency"
    );
    for said in ["emergency", "curiosity"] {
        let answer = client
            .get_with(FOUND, &[READER, ("x-purpose-of-use", said)])
            .await;
        assert_eq!(
            (answer.status.as_u16(), answer.pointers()),
            (400, vec!["/X-Purpose-Of-Use".to_owned()])
        );
    }
}

#[tokio::test]
async fn a_request_that_must_name_itself_is_refused_without_a_name() {
    let client = client();
    let body = r#"{"name":"a"}"#;
    let unnamed = client
        .ask("POST", "/api/v1/accounts", &[PROGRAM, JSON], body)
        .await;
    assert_eq!(unnamed.status, 400);
    assert_eq!(unnamed.json()["type"], "/problems/idempotency-key-missing");
    let spaced = [PROGRAM, JSON, ("idempotency-key", "a b")];
    let spaced = client.ask("POST", "/api/v1/accounts", &spaced, body).await;
    assert_eq!(spaced.pointers(), ["/Idempotency-Key"]);
    let named = [PROGRAM, JSON, ("idempotency-key", "a-1")];
    let named = client.ask("POST", "/api/v1/accounts", &named, body).await;
    assert_eq!(
        (named.status.as_u16(), &named.json()["key"]),
        (201, &json!("a-1"))
    );
}

#[tokio::test]
async fn an_answer_given_before_says_so() {
    let client = client();
    let headers = [PROGRAM, JSON, ("idempotency-key", "a-1")];
    for (name, replayed) in [("new", ""), ("again", "true")] {
        let body = json!({"name": name}).to_string();
        let answer = client.ask("POST", "/api/v1/accounts", &headers, body).await;
        assert_eq!(answer.header("idempotency-replayed"), replayed, "{name}");
    }
}

#[tokio::test]
async fn credentials_come_before_the_body() {
    let answer = client().ask("POST", "/api/v1/accounts", &[JSON], "{").await;
    assert_eq!(answer.status, 401);
    let answer = client()
        .ask(
            "POST",
            "/api/v1/accounts",
            &[PROGRAM, JSON, ("idempotency-key", "a")],
            "{",
        )
        .await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn a_public_endpoint_asks_nobody() {
    let answer = client()
        .get_with("/open", &[("authorization", "Bearer stale")])
        .await;
    assert_eq!(answer.text(), "anonymous");
}

#[tokio::test]
async fn an_edge_that_knows_nobody_refuses_everybody() {
    let client = Client::new(edge_with(EdgeConfig::default()).router(routes()));
    assert_eq!(client.get_with(FOUND, &[READER]).await.status, 401);
    assert_eq!(client.get("/open").await.status, 200);
}

#[test]
#[should_panic(expected = "`undecided` is neither public nor needs a permission")]
fn an_endpoint_must_say_who_may_ask() {
    let routes = Routes::new(()).add(&UNDECIDED, async || "never");
    let _never = edge().0.router(routes);
}

#[test]
fn the_description_says_who_may_ask_and_how() {
    let info = Info {
        title: "accounts",
        version: "1",
        description: "",
    };
    let document = openapi(info, &routes().endpoints());
    let open = &document["paths"]["/api/v1/accounts"]["post"];
    assert_eq!(open["x-permission"], "accounts.open");
    assert_eq!(
        open["security"],
        json!([{"bearer": ["accounts.open"]}, {"apiKey": ["accounts.open"]}])
    );
    assert_eq!(open["parameters"][0]["name"], "idempotency-key");
    assert!(open["responses"].get("201").is_some() && open["responses"].get("403").is_some());
    assert_eq!(document["paths"]["/open"]["get"]["security"], json!([]));
    assert_eq!(
        document["components"]["securitySchemes"]["bearer"]["scheme"],
        "bearer"
    );
}
