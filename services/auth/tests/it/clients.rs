use medcover_http::Shown;
use medcover_kernel::{Call, Tier};
use serde_json::json;

use crate::house::{House, text};

const CLIENTS: &str = "/api/v1/auth/clients";

async fn status(house: &House, key: &str) -> u16 {
    let answer = house
        .ask_with(&[("x-api-key", key)], "GET", "/api/v1/auth/users", None)
        .await;
    answer.status.as_u16()
}

#[tokio::test]
async fn a_key_is_shown_once_and_does_what_it_may() {
    let house = House::new().await;
    let admin = house.admin().await;
    let body = json!({"name": "laboratory", "tier": "premium", "permissions": ["users.read"], "expires_in_days": 30});
    let bearer = format!("Bearer {admin}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("idempotency-key", "one"),
    ];
    let made = house
        .ask_with(&headers, "POST", CLIENTS, Some(body.clone()))
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
    insta::assert_json_snapshot!(made.json(), {".client.id" => "[id]", ".key" => "[key]"});
    let again = house.ask_with(&headers, "POST", CLIENTS, Some(body)).await;
    assert_eq!(again.status, 201);
    assert_eq!(again.json()["client"], made.json()["client"]);
    assert_eq!(again.json().get("key"), None, "only its hash is kept");
    let key = text(&made.json(), "key");
    assert!(key.starts_with("mc_"));
    assert_eq!(status(&house, &key).await, 200);
    let other = house
        .ask_with(&[("x-api-key", &key)], "GET", CLIENTS, None)
        .await;
    assert_eq!(other.status, 403);
    let me = house
        .ask_with(&[("x-api-key", &key)], "GET", "/api/v1/auth/me", None)
        .await;
    assert_eq!(me.status, 403, "a program has no account");
}

#[tokio::test]
async fn a_key_that_is_wrong_expired_replaced_or_revoked_is_refused_and_written_down() {
    let house = House::new().await;
    let body = json!({"name": "laboratory", "permissions": ["users.read"], "expires_in_days": 1});
    let (id, key) = house.api_key(body).await;
    assert_eq!(status(&house, &key).await, 200);
    let mut wrong = key.clone();
    let other = if wrong.ends_with('A') { "E" } else { "A" };
    wrong.replace_range(wrong.len() - 1.., other);
    assert_eq!(status(&house, &wrong).await, 401);
    assert_eq!(status(&house, "mc_gibberish").await, 401);
    let admin = house.admin().await;
    let second = house
        .tell(&admin, &format!("{CLIENTS}/{id}/key"))
        .await
        .json();
    assert_eq!(status(&house, &key).await, 401, "replaced, at once");
    let second = text(&second, "key");
    assert_eq!(status(&house, &second).await, 200);
    house.pass(24 * 3_600);
    assert_eq!(status(&house, &second).await, 401, "expired");
    let admin = house.admin().await;
    let revoked = house.tell(&admin, &format!("{CLIENTS}/{id}/revoke")).await;
    assert_eq!(revoked.json()["revoked"], true);
    assert_eq!(status(&house, &second).await, 401);
    assert_eq!(
        house
            .tell(&admin, &format!("{CLIENTS}/{id}/key"))
            .await
            .status,
        409
    );
    for (fault, times) in [
        ("wrong-secret", 2),
        ("malformed", 1),
        ("expired", 1),
        ("revoked", 1),
    ] {
        assert_eq!(
            house
                .audited("api-key.refused", Some(("fault", fault)))
                .await,
            times,
            "{fault}"
        );
    }
}

#[tokio::test]
async fn the_edge_hears_the_tier_of_a_key_and_of_who_signed_in() {
    let house = House::new().await;
    let admin = house.admin().await;
    let body = json!({"name": "laboratory", "tier": "premium", "permissions": ["users.read"]});
    let (_, key) = house.api_key(body).await;
    let (identify, call) = (house.auth.identify(), Call::for_tests());
    for (shown, tier) in [
        (Shown::Bearer(&admin), Tier::Authenticated),
        (Shown::ApiKey(&key), Tier::Premium),
    ] {
        let found = identify.identify(shown, &call).await.expect("known");
        assert_eq!(found.tier, tier);
    }
}

#[tokio::test]
async fn clients_are_checked_and_listed() {
    let house = House::new().await;
    let admin = house.admin().await;
    for (body, pointer) in [
        (json!({"name": " ", "permissions": []}), "/name"),
        (
            json!({"name": "x", "tier": "anonymous", "permissions": []}),
            "/tier",
        ),
        (
            json!({"name": "x", "tier": "gold", "permissions": []}),
            "/tier",
        ),
        (
            json!({"name": "x", "permissions": ["no.such"]}),
            "/permissions",
        ),
        (
            json!({"name": "x", "permissions": ["account.own"]}),
            "/permissions",
        ),
        (
            json!({"name": "x", "permissions": [], "expires_in_days": 0}),
            "/expires_in_days",
        ),
        (
            json!({"name": "x", "permissions": [], "service": "No Such"}),
            "/service",
        ),
    ] {
        let answer = house.post(&admin, CLIENTS, body.clone()).await;
        assert_eq!(
            (answer.status.as_u16(), answer.pointers()),
            (400, vec![pointer.to_owned()]),
            "{body}"
        );
    }
    house
        .api_key(json!({"name": "radiology", "permissions": []}))
        .await;
    house
        .api_key(json!({"name": "laboratory", "tier": "enterprise", "permissions": ["users.read"]}))
        .await;
    let list = house.get(&admin, CLIENTS).await.json();
    insta::assert_json_snapshot!(list, {".clients[].id" => "[id]"});
}

#[tokio::test]
async fn a_key_gives_no_more_than_its_maker_has() {
    let house = House::new().await;
    house.role("keys", &["clients.manage"]).await;
    let (_, token) = house.user("maria", &["keys"]).await;
    let body = json!({"name": "x", "permissions": ["users.read"]});
    assert_eq!(house.post(&token, CLIENTS, body).await.status, 403);
    let (id, _) = house
        .api_key(json!({"name": "laboratory", "permissions": ["users.read"]}))
        .await;
    assert_eq!(
        house
            .tell(&token, &format!("{CLIENTS}/{id}/key"))
            .await
            .status,
        403
    );
    assert_eq!(
        house
            .tell(&token, &format!("{CLIENTS}/{id}/revoke"))
            .await
            .status,
        200
    );
}
