use medcover_kernel::{Purpose, TenantId};
use serde_json::{Value, json};

use crate::house::{House, text};

const EMERGENCIES: &str = "/api/v1/auth/break-glass";
const REASON: &str = "Unconscious in the emergency room, allergies unknown";

/// A nurse who may declare an emergency: id and access token.
async fn nurse(house: &House) -> (String, String) {
    house.role("nurse", &["break-glass.use"]).await;
    house.user("nora", &["nurse"]).await
}

async fn declare(house: &House, token: &str) -> Value {
    let answer = house
        .post(token, EMERGENCIES, json!({"reason": REASON, "minutes": 10}))
        .await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn an_emergency_gives_more_for_a_while_and_is_always_written_down() {
    let house = House::new().await;
    let (_, nora) = nurse(&house).await;
    let declared = declare(&house, &nora).await;
    insta::assert_json_snapshot!(declared, {
        ".grant.id" => "[id]", ".grant.user" => "[id]", ".access_token" => "[token]",
    });
    let token = text(&declared, "access_token");
    let me = house.get(&token, "/api/v1/auth/me").await.json();
    assert_eq!(me["purpose"], "emergency");
    assert!(text(&declared, "scope").contains("patients.read"));
    let trail = house.trail_of(TenantId::DEFAULT).await;
    let record = trail
        .iter()
        .find(|it| it.entry.action == "break-glass.opened")
        .expect("written down");
    assert_eq!(record.purpose, Purpose::Emergency);
    assert!(record.entry.details.as_str().contains(REASON));
    house.pass(9 * 60);
    assert_eq!(house.get(&token, "/api/v1/auth/me").await.status, 200);
    house.pass(70);
    assert_eq!(
        house.get(&token, "/api/v1/auth/me").await.status,
        401,
        "it has expired"
    );
}

#[tokio::test]
async fn it_needs_a_reason_and_ends_within_the_hour() {
    let house = House::new().await;
    let (_, nora) = nurse(&house).await;
    for (body, pointer) in [
        (json!({"reason": "urgent"}), "/reason"),
        (json!({"reason": REASON, "minutes": 0}), "/minutes"),
        (json!({"reason": REASON, "minutes": 61}), "/minutes"),
    ] {
        let answer = house.post(&nora, EMERGENCIES, body).await;
        assert_eq!(
            (answer.status.as_u16(), answer.pointers()),
            (400, vec![pointer.to_owned()])
        );
    }
    let (_, other) = house.user("otto", &[]).await;
    let refused = house
        .post(&other, EMERGENCIES, json!({"reason": REASON}))
        .await;
    assert_eq!(refused.status, 403);
}

#[tokio::test]
async fn it_can_be_ended_and_its_token_with_it() {
    let house = House::new().await;
    let (_, nora) = nurse(&house).await;
    let declared = declare(&house, &nora).await;
    let token = text(&declared, "access_token");
    let within = house
        .post(&token, EMERGENCIES, json!({"reason": REASON}))
        .await;
    assert_eq!(within.status, 403, "none begins within another");
    let out = house.post(&token, "/api/v1/auth/sign-out", json!({})).await;
    assert_eq!(out.status, 409, "signing out is another thing");
    let path = format!("{EMERGENCIES}/{}/end", text(&declared["grant"], "id"));
    house.pass(60);
    let (_, otto) = house.user("otto", &["nurse"]).await;
    assert_eq!(house.tell(&otto, &path).await.status, 404, "it is not his");
    let ended = house.tell(&nora, &path).await;
    assert_eq!(ended.json()["state"], "ended");
    assert_eq!(house.get(&token, "/api/v1/auth/me").await.status, 401);
    assert_eq!(
        house.get(&nora, "/api/v1/auth/me").await.status,
        200,
        "her session goes on"
    );
    assert_eq!(house.audited("break-glass.ended", None).await, 1);
}

#[tokio::test]
async fn somebody_else_reviews_it_afterwards() {
    let house = House::new().await;
    house
        .role("chief", &["break-glass.use", "break-glass.review"])
        .await;
    let (_, nora) = house.user("nora", &["chief"]).await;
    let declared = declare(&house, &nora).await;
    let admin = house.admin().await;
    let path = format!("{EMERGENCIES}/{}/review", text(&declared["grant"], "id"));
    let note = json!({"note": "Checked against the chart."});
    assert_eq!(
        house.post(&admin, &path, note.clone()).await.status,
        409,
        "it is not over"
    );
    house.pass(600);
    let nora = text(
        &house.sign_in("nora", crate::house::PASSWORD).await,
        "access_token",
    );
    let admin = house.admin().await;
    assert_eq!(
        house.post(&nora, &path, note.clone()).await.status,
        403,
        "her own"
    );
    assert_eq!(
        house.post(&admin, &path, note.clone()).await.json()["state"],
        "reviewed"
    );
    assert_eq!(house.post(&admin, &path, note).await.status, 409, "once");
    let list = house.get(&admin, EMERGENCIES).await.json();
    insta::assert_json_snapshot!(list, {".grants[].id" => "[id]", ".grants[].user" => "[id]"});
}

#[tokio::test]
async fn emergencies_are_listed_the_last_first() {
    let house = House::new().await;
    let (_, nora) = nurse(&house).await;
    let mut declared = Vec::new();
    for _ in 0..3 {
        declared.push(text(&declare(&house, &nora).await["grant"], "id"));
        house.pass(1);
    }
    declared.reverse();
    let admin = house.admin().await;
    let mut seen = Vec::new();
    let mut path = format!("{EMERGENCIES}?limit=2");
    loop {
        let page = house.get(&admin, &path).await.json();
        seen.extend(
            page["grants"]
                .as_array()
                .expect("a list")
                .iter()
                .map(|grant| text(grant, "id")),
        );
        match page["next"].as_str() {
            Some(next) => path = format!("{EMERGENCIES}?limit=2&after={next}"),
            None => break,
        }
    }
    assert_eq!(seen, declared);
}

#[tokio::test]
async fn the_same_emergency_declared_twice_is_one() {
    let house = House::new().await;
    let (_, nora) = nurse(&house).await;
    let bearer = format!("Bearer {nora}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("idempotency-key", "one"),
    ];
    let body = json!({"reason": REASON});
    let first = house
        .ask_with(&headers, "POST", EMERGENCIES, Some(body.clone()))
        .await
        .json();
    house.pass(30);
    let again = house
        .ask_with(&headers, "POST", EMERGENCIES, Some(body))
        .await;
    assert_eq!(again.json()["grant"], first["grant"]);
    let token = text(&again.json(), "access_token");
    assert_eq!(house.get(&token, "/api/v1/auth/me").await.status, 200);
    assert_eq!(house.audited("break-glass.opened", None).await, 1);
}
