use std::time::Duration;

use serde_json::json;

use crate::house::{House, PASSWORD, clock, memory, quick, text};

/// Two processes over one store, of which the second follows the log.
#[tokio::test]
async fn what_one_process_ends_the_other_refuses() {
    let clock = clock();
    let store = memory(&clock);
    let first = House::over(store.clone(), clock.clone(), quick(), 1);
    first.start().await;
    let second = House::over(store, clock, quick(), 2);
    second.start().await;
    let (stopper, stop) = medcover_http::stop();
    let following = tokio::spawn(second.auth.follower().run(stop));

    let (id, maria) = first.user("maria", &[]).await;
    let admin = first.admin().await;
    let (client, key) = first
        .api_key(json!({"name": "laboratory", "permissions": ["users.read"]}))
        .await;
    let by_key = [("x-api-key", key.as_str())];
    assert_eq!(second.get(&maria, "/api/v1/auth/me").await.status, 200);
    assert_eq!(second.get(&admin, "/api/v1/auth/me").await.status, 200);
    assert_eq!(
        second
            .ask_with(&by_key, "GET", "/api/v1/auth/users", None)
            .await
            .status,
        200
    );

    first
        .tell(&admin, &format!("/api/v1/auth/clients/{client}/revoke"))
        .await;
    first
        .tell(&admin, &format!("/api/v1/auth/users/{id}/disable"))
        .await;
    first.post(&admin, "/api/v1/auth/sign-out", json!({})).await;
    let refused = async {
        loop {
            let statuses = [
                second.get(&maria, "/api/v1/auth/me").await.status,
                second.get(&admin, "/api/v1/auth/me").await.status,
                second
                    .ask_with(&by_key, "GET", "/api/v1/auth/users", None)
                    .await
                    .status,
            ];
            if statuses.iter().all(|status| *status == 401) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), refused)
        .await
        .expect("it learns of it");
    stopper.drain();
    following.await.expect("it stops");
}

#[tokio::test]
async fn a_process_that_starts_later_knows_what_has_ended() {
    let clock = clock();
    let store = memory(&clock);
    let first = House::over(store.clone(), clock.clone(), quick(), 1);
    first.start().await;
    // Long ago, and many, so that looking for where to begin has something to do.
    for _ in 0..40 {
        first.admin().await;
        first.pass(3_600);
    }
    let token = first.admin().await;
    first.post(&token, "/api/v1/auth/sign-out", json!({})).await;
    let second = House::over(store, clock, quick(), 2);
    second.auth.start(None).await.expect("it starts");
    assert_eq!(second.get(&token, "/api/v1/auth/me").await.status, 401);
    let tokens = second.sign_in("admin", PASSWORD).await;
    assert_eq!(
        first
            .get(&text(&tokens, "access_token"), "/api/v1/auth/me")
            .await
            .status,
        200
    );
}
