//! Tokens that are refused, and what the trail says of them.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use medcover_identity::{
    Grant, Issuer, KeyRecord, KeyRing, KeyWindow, MasterSecret, SeededEntropy, TokenId, TokenKind,
};
use medcover_kernel::{Caller, Purpose, Scopes, TenantId, UserId};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::house::{House, PASSWORD, text};

const ISSUER: &str = "http://127.0.0.1:3000";

/// A ring of one key; that of `house` where the seed is the one of its master secret and key.
fn foreign_ring(house: &House) -> KeyRing {
    let entropy = SeededEntropy::new(99);
    let master = MasterSecret::generate(&entropy);
    let window = KeyWindow {
        not_before: house.now(),
        retire_at: house.now().plus(Duration::from_hours(1)),
    };
    let record = KeyRecord::create(&master, window, &entropy);
    KeyRing::unlock(&[record], &master, Duration::from_mins(5)).expect("its own secret")
}

/// The key that `house` signs with, as whoever stole the master secret and the log would have it.
async fn own_ring(house: &House) -> KeyRing {
    let master = MasterSecret::generate(&SeededEntropy::new(7));
    let log = house
        .store
        .read_log(medcover_store::Position::NONE, 100)
        .await
        .expect("readable");
    let made = log.iter().find_map(|it| {
        it.event
            .read::<medcover_contract_auth::events::SigningKeyMade>()
    });
    let key = made.expect("a key was made").expect("readable").key;
    KeyRing::unlock(&[key], &master, Duration::from_mins(5)).expect("the right secret")
}

fn grant() -> Grant {
    Grant {
        caller: Caller::User(UserId::from_uuid(Uuid::from_u128(7))),
        tenant: TenantId::DEFAULT,
        scopes: Scopes::of(["users.read", "account.own"]),
        purpose: Purpose::Operations,
        session: None,
    }
}

fn sign(house: &House, ring: &KeyRing, issuer: &str, audience: &str, kind: TokenKind) -> String {
    let key = ring.signer(house.now()).expect("it signs");
    let id = TokenId::from_uuid(Uuid::from_u128(1));
    let life = (house.now(), Duration::from_mins(2));
    let token = Issuer::new(issuer).issue(kind, &grant(), audience, life, id, key);
    token.reveal().to_owned()
}

/// `token` with another head.
fn with_head(token: &str, head: &Value) -> String {
    let rest = token.split_once('.').expect("three parts").1;
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode(head.to_string()))
}

#[tokio::test]
async fn every_bad_token_is_refused_and_written_down() {
    let house = House::new().await;
    let (own, foreign) = (own_ring(&house).await, foreign_ring(&house));
    let good = house.admin().await;
    assert_eq!(house.get(&good, "/api/v1/auth/users").await.status, 200);
    let head = good.split('.').next().expect("a head");
    let head: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(head).expect("base64url")).expect("JSON");
    let without_signature = format!("{}.", good.rsplit_once('.').expect("three parts").0);
    let mut unsigned = head.clone();
    unsigned["alg"] = json!("none");
    let mut shared = head.clone();
    shared["alg"] = json!("HS256");

    let stolen = sign(&house, &own, ISSUER, "medcover", TokenKind::Access);
    assert_eq!(
        house.get(&stolen, "/api/v1/auth/users").await.status,
        200,
        "the forger's tools are good"
    );

    let access = TokenKind::Access;
    let cases = [
        (
            "unknown-key",
            sign(&house, &foreign, ISSUER, "medcover", access),
        ),
        ("audience", sign(&house, &own, ISSUER, "elsewhere", access)),
        (
            "issuer",
            sign(
                &house,
                &own,
                "https://elsewhere.example",
                "medcover",
                access,
            ),
        ),
        (
            "audience",
            sign(&house, &own, ISSUER, "billing", TokenKind::Service),
        ),
        ("algorithm", with_head(&without_signature, &unsigned)),
        ("algorithm", with_head(&good, &unsigned)),
        ("algorithm", with_head(&good, &shared)),
        ("malformed", "gibberish".to_owned()),
        ("malformed", String::new()),
    ];
    for (at, (fault, token)) in cases.iter().enumerate() {
        let before = house.audited("token.refused", Some(("fault", fault))).await;
        let answer = house.get(token, "/api/v1/auth/users").await;
        assert_eq!(answer.status, 401, "{at}: {fault}");
        assert!(
            !answer.text().contains(fault),
            "{at}: the caller learns little"
        );
        let after = house.audited("token.refused", Some(("fault", fault))).await;
        assert_eq!(after, before + 1, "{at}: {fault}");
    }
    // A signature of another token.
    let other = sign(&house, &own, ISSUER, "medcover", access);
    let mixed = format!(
        "{}.{}",
        good.rsplit_once('.').expect("parts").0,
        other.rsplit_once('.').expect("parts").1
    );
    assert_eq!(house.get(&mixed, "/api/v1/auth/users").await.status, 401);
    assert_eq!(
        house
            .audited("token.refused", Some(("fault", "signature")))
            .await,
        1
    );
}

#[tokio::test]
async fn an_expired_token_is_refused_and_written_down() {
    let house = House::new().await;
    let token = house.admin().await;
    assert_eq!(house.get(&token, "/api/v1/auth/me").await.status, 200);
    house.pass(310);
    let answer = house.get(&token, "/api/v1/auth/me").await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.json()["detail"], "The token has expired.");
    assert_eq!(
        house
            .audited("token.refused", Some(("fault", "expired")))
            .await,
        1
    );
}

#[tokio::test]
async fn a_token_of_a_session_that_ended_is_refused_and_written_down() {
    let house = House::new().await;
    let token = house.admin().await;
    house.post(&token, "/api/v1/auth/sign-out", json!({})).await;
    assert_eq!(house.get(&token, "/api/v1/auth/me").await.status, 401);
    assert_eq!(
        house
            .audited("token.refused", Some(("fault", "session-ended")))
            .await,
        1
    );
}

#[tokio::test]
async fn what_somebody_may_not_do_is_written_down() {
    let house = House::new().await;
    let (_, token) = house.user("maria", &[]).await;
    assert_eq!(house.get(&token, "/api/v1/auth/users").await.status, 403);
    assert_eq!(
        house
            .audited("permission.refused", Some(("permission", "users.read")))
            .await,
        1
    );
}

/// A flood of bad tokens does not become a flood of commits: those that find no room are counted instead.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_flood_of_bad_tokens_is_counted() {
    let house = std::sync::Arc::new(House::new().await);
    let floods: Vec<_> = (0..200)
        .map(|_| {
            let house = std::sync::Arc::clone(&house);
            tokio::spawn(async move { house.get("gibberish", "/api/v1/auth/me").await.status })
        })
        .collect();
    for answer in floods {
        assert_eq!(answer.await.expect("no panic"), 401);
    }
    house.get("gibberish", "/api/v1/auth/me").await;
    let trail = house.trail_of(TenantId::DEFAULT).await;
    let told: u64 = trail
        .iter()
        .filter(|record| record.entry.action == "token.refused")
        .map(|record| {
            let details: Value = record.entry.details.read().expect("JSON");
            1 + details["unwritten_before"].as_u64().unwrap_or(0)
        })
        .sum();
    assert_eq!(told, 201, "every one is told of");
}

#[tokio::test]
async fn no_secret_reaches_the_log_or_the_trail() {
    let house = House::new().await;
    let tokens = house.sign_in("admin", PASSWORD).await;
    let (_, key) = house
        .api_key(json!({"name": "laboratory", "permissions": []}))
        .await;
    house.try_sign_in("admin", "a mistyped password").await;
    house.try_sign_in("a mistyped password", PASSWORD).await;
    let admin = text(&tokens, "access_token");
    let invited = house
        .post(&admin, "/api/v1/auth/users", json!({"name": "maria"}))
        .await
        .json();
    let secrets = [
        PASSWORD.to_owned(),
        "a mistyped password".to_owned(),
        key,
        text(&invited, "invitation"),
        text(&tokens, "refresh_token"),
        admin,
    ];
    let log = house
        .store
        .read_log(medcover_store::Position::NONE, 1_000)
        .await
        .expect("readable");
    let trail = house.trail_of(TenantId::DEFAULT).await;
    let kept = format!("{log:?}{trail:?}");
    assert!(kept.contains("$argon2id$"), "only the peppered hash");
    for secret in secrets {
        assert!(!kept.contains(&secret), "{secret}");
    }
}
