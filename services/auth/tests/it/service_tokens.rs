use serde_json::json;

use crate::house::{House, clock, memory, quick, text};

/// The key of a client that is the service `billing`.
async fn billing(house: &House) -> String {
    let body = json!({
        "name": "billing", "service": "billing",
        "permissions": ["service-tokens.issue", "users.read"],
    });
    house.api_key(body).await.1
}

async fn service_token(house: &House, key: &str, audience: &str) -> String {
    let body = Some(json!({"audience": audience}));
    let answer = house
        .ask_with(
            &[("x-api-key", key)],
            "POST",
            "/api/v1/auth/service-tokens",
            body,
        )
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    text(&answer.json(), "token")
}

#[tokio::test]
async fn a_service_token_is_good_once() {
    let house = House::new().await;
    let key = billing(&house).await;
    let token = service_token(&house, &key, "gateway").await;
    assert_eq!(house.get(&token, "/api/v1/auth/users").await.status, 200);
    let again = house.get(&token, "/api/v1/auth/users").await;
    assert_eq!(again.status, 401);
    assert_eq!(
        house
            .audited("token.refused", Some(("fault", "replayed")))
            .await,
        1
    );
    assert_eq!(house.audited("service-token.shown", None).await, 1);
    assert_eq!(house.audited("service-token.issued", None).await, 1);
}

#[tokio::test]
async fn it_is_good_once_for_all_processes_and_after_a_restart() {
    let clock = clock();
    let store = memory(&clock);
    let first = House::over(store.clone(), clock.clone(), quick(), 1);
    first.start().await;
    let second = House::over(store, clock, quick(), 2);
    second.start().await;
    let key = billing(&first).await;
    let token = service_token(&first, &key, "gateway").await;
    assert_eq!(first.get(&token, "/api/v1/auth/users").await.status, 200);
    assert_eq!(second.get(&token, "/api/v1/auth/users").await.status, 401);
    assert_eq!(
        first
            .audited("token.refused", Some(("fault", "replayed")))
            .await,
        1
    );
}

#[tokio::test]
async fn it_is_for_one_service_and_for_a_minute() {
    let house = House::new().await;
    let key = billing(&house).await;
    let elsewhere = service_token(&house, &key, "insurance").await;
    assert_eq!(
        house.get(&elsewhere, "/api/v1/auth/users").await.status,
        401
    );
    let late = service_token(&house, &key, "gateway").await;
    house.pass(70);
    assert_eq!(house.get(&late, "/api/v1/auth/users").await.status, 401);
    assert_eq!(
        house
            .audited("token.refused", Some(("fault", "audience")))
            .await,
        1
    );
    assert_eq!(
        house
            .audited("token.refused", Some(("fault", "expired")))
            .await,
        1
    );
}

#[tokio::test]
async fn it_does_not_get_more_of_its_kind_and_only_services_get_any() {
    let house = House::new().await;
    let key = billing(&house).await;
    let token = service_token(&house, &key, "gateway").await;
    let path = "/api/v1/auth/service-tokens";
    let body = json!({"audience": "gateway"});
    assert_eq!(house.post(&token, path, body.clone()).await.status, 403);
    let admin = house.admin().await;
    assert_eq!(
        house.post(&admin, path, body).await.status,
        403,
        "a person is no service"
    );
    let refused = house
        .ask_with(
            &[("x-api-key", &key)],
            "POST",
            path,
            Some(json!({"audience": "No Such"})),
        )
        .await;
    assert_eq!(
        (refused.status.as_u16(), refused.pointers()),
        (400, vec!["/audience".to_owned()])
    );
}
