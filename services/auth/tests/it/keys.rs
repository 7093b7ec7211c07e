use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use medcover_auth::KeyKeeper;
use medcover_identity::{FetchedKeys, Issuer, Jwks, TokenKind};
use serde_json::Value;

use crate::house::{House, PASSWORD, clock, memory, quick, text};

const KEYS: &str = "/api/v1/auth/signing-keys";

/// Looks after the keys once, as the worker does every minute.
async fn look_after(house: &House) {
    let (stopper, stop) = medcover_http::stop();
    let keeper: KeyKeeper = house.auth.key_keeper();
    let looking = tokio::spawn(keeper.run(stop));
    tokio::time::sleep(Duration::from_millis(30)).await;
    stopper.drain();
    looking.await.expect("no panic");
}

async fn states(house: &House) -> Vec<String> {
    let admin = house.admin().await;
    let keys = house.get(&admin, KEYS).await.json();
    let keys = keys["keys"].as_array().expect("a list").clone();
    keys.iter().map(|key| text(key, "state")).collect()
}

#[tokio::test]
async fn keys_and_discovery_are_public() {
    let house = House::new().await;
    let jwks = house.client.get("/api/v1/auth/jwks").await.json();
    insta::assert_json_snapshot!(jwks, {".keys[].kid" => "[kid]", ".keys[].x" => "[x]"});
    let discovery = house
        .client
        .get("/.well-known/openid-configuration")
        .await
        .json();
    insta::assert_json_snapshot!(discovery);
    // Whoever has nothing but these checks a token.
    let jwks: Jwks = serde_json::from_value(jwks).expect("a key set");
    let verifier = Issuer::new(text(&discovery, "issuer")).verifier("medcover");
    let token = house.admin().await;
    let shown = verifier.verify(
        TokenKind::Access,
        &token,
        &FetchedKeys::from(&jwks),
        house.now(),
    );
    assert!(shown.expect("it holds").grant.scopes.has("users.manage"));
}

#[tokio::test]
async fn the_next_key_is_published_a_day_before_it_signs() {
    let house = House::new().await;
    assert_eq!(states(&house).await, ["signing"]);
    house.pass(29 * 24 * 3_600 - 1);
    look_after(&house).await;
    assert_eq!(states(&house).await, ["signing", "next"]);
    look_after(&house).await;
    assert_eq!(states(&house).await.len(), 2, "once is enough");
    house.pass(24 * 3_600);
    assert_eq!(states(&house).await, ["retired", "signing"]);
    house.pass(3_600 + 61);
    let jwks = house.client.get("/api/v1/auth/jwks").await.json();
    assert_eq!(
        jwks["keys"].as_array().map(Vec::len),
        Some(1),
        "the first is forgotten: {jwks}"
    );
    assert_eq!(house.audited("signing-key.made", None).await, 2);
}

#[tokio::test]
async fn a_process_that_slept_through_its_keys_makes_one() {
    let house = House::new().await;
    house.pass(100 * 24 * 3_600);
    house.admin().await;
    assert_eq!(states(&house).await, ["retired", "signing"]);
}

#[tokio::test]
async fn a_key_made_early_takes_over_when_it_may_be_known() {
    let house = House::new().await;
    let admin = house.admin().await;
    for _ in 0..2 {
        let keys = house.tell(&admin, &format!("{KEYS}/rotate")).await;
        assert_eq!(keys.status, 200, "{}", keys.text());
    }
    assert_eq!(states(&house).await, ["signing", "next"]);
    house.pass(24 * 3_600);
    assert_eq!(states(&house).await, ["retired", "signing"]);
}

/// Requests go on while a year of key changes passes, and none is refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn keys_change_under_load_without_one_refused_request() {
    let mut config = quick();
    config.key_publish_ahead_s = 11 * 24 * 3_600;
    let clock = clock();
    let house = House::over(memory(&clock), clock, config, 1);
    house.start().await;
    let house = Arc::new(house);
    let (stop, done) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    let gate = Arc::new(tokio::sync::RwLock::new(()));
    let callers: Vec<_> = (0..3)
        .map(|_| {
            let (house, stop, done, gate) = (
                Arc::clone(&house),
                Arc::clone(&stop),
                Arc::clone(&done),
                Arc::clone(&gate),
            );
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    // Between signing and showing the clock of this test must not jump by days.
                    let _still = gate.read().await;
                    let tokens: Value = house.sign_in("admin", PASSWORD).await;
                    let answer = house
                        .get(&text(&tokens, "access_token"), "/api/v1/auth/me")
                        .await;
                    assert_eq!(answer.status, 200, "{}", answer.text());
                    done.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for day in 0..365 {
        while done.load(Ordering::Relaxed) < day {
            tokio::task::yield_now().await;
        }
        let still = gate.write().await;
        house.pass(24 * 3_600 - 7);
        if day % 10 == 9 {
            look_after(&house).await;
        }
        drop(still);
    }
    stop.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.await.expect("no request was refused");
    }
    assert!(states(&house).await.len() >= 12);
    assert_eq!(house.audited("token.refused", None).await, 0);
}
