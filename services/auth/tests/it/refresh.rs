use std::sync::Arc;

use serde_json::json;

use crate::house::{House, PASSWORD, text};

#[tokio::test]
async fn each_refresh_token_gives_the_next_and_reuse_ends_the_session() {
    let house = House::new().await;
    let first = house.sign_in("admin", PASSWORD).await;
    house.pass(60);
    let second = house.refresh(&text(&first, "refresh_token")).await.json();
    assert_eq!(second["session_expires_in"], 12 * 3_600 - 60);
    house.pass(60);
    let third = house.refresh(&text(&second, "refresh_token")).await.json();
    let token = text(&third, "access_token");
    assert_eq!(house.get(&token, "/api/v1/auth/me").await.status, 200);

    let reused = house.refresh(&text(&second, "refresh_token")).await;
    assert_eq!(reused.status, 401);
    assert_eq!(
        house.refresh(&text(&third, "refresh_token")).await.status,
        401,
        "the session has ended"
    );
    assert_eq!(
        house.get(&token, "/api/v1/auth/me").await.status,
        401,
        "and so have its access tokens"
    );
    assert_eq!(
        house
            .audited("refresh-token.refused", Some(("fault", "reused")))
            .await,
        1
    );
    assert_eq!(
        house
            .audited("refresh-token.refused", Some(("fault", "session-over")))
            .await,
        1
    );
    // Another session of the same user goes on.
    house.sign_in("admin", PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_at_once_one_wins_and_the_session_ends() {
    for _ in 0..20 {
        two_at_once(House::new().await).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_at_once_one_wins_on_disk_too() {
    two_at_once(House::on_disk().await).await;
}

async fn two_at_once(house: House) {
    let house = Arc::new(house);
    let token = text(&house.sign_in("admin", PASSWORD).await, "refresh_token");
    let both: Vec<_> = (0..2)
        .map(|_| {
            let (house, token) = (Arc::clone(&house), token.clone());
            tokio::spawn(async move { house.refresh(&token).await })
        })
        .collect();
    let mut won = Vec::new();
    for answer in both {
        let answer = answer.await.expect("no panic");
        match answer.status.as_u16() {
            200 => won.push(answer.json()),
            status => assert_eq!(status, 401),
        }
    }
    assert_eq!(won.len(), 1, "exactly one is exchanged");
    let next = house.refresh(&text(&won[0], "refresh_token")).await;
    assert_eq!(next.status, 401, "the other one gave the theft away");
    assert_eq!(
        house
            .audited("refresh-token.refused", Some(("fault", "reused")))
            .await,
        1
    );
}

#[tokio::test]
async fn a_forged_token_is_refused_and_ends_nothing() {
    let house = House::new().await;
    let tokens = house.sign_in("admin", PASSWORD).await;
    let good = text(&tokens, "refresh_token");
    let mut forged = good.clone();
    let last = if forged.ends_with('A') { "B" } else { "A" };
    forged.replace_range(forged.len() - 2..forged.len() - 1, last);
    for token in [forged.as_str(), "mcr_", "", &text(&tokens, "access_token")] {
        assert_eq!(house.refresh(token).await.status, 401, "{token}");
    }
    assert_eq!(
        house
            .audited("refresh-token.refused", Some(("fault", "forged")))
            .await,
        4
    );
    assert_eq!(house.refresh(&good).await.status, 200);
}

#[tokio::test]
async fn a_session_ends_after_its_time_whatever_is_refreshed() {
    let house = House::new().await;
    let mut tokens = house.sign_in("admin", PASSWORD).await;
    for _ in 0..11 {
        house.pass(3_600);
        tokens = house.refresh(&text(&tokens, "refresh_token")).await.json();
    }
    house.pass(3_600 - 20);
    let last = house.refresh(&text(&tokens, "refresh_token")).await.json();
    assert_eq!(
        last["expires_in"], 20,
        "no access token outlives its session"
    );
    house.pass(20);
    assert_eq!(
        house.refresh(&text(&last, "refresh_token")).await.status,
        401
    );
}

#[tokio::test]
async fn signing_out_ends_this_session_or_all() {
    let house = House::new().await;
    let sessions = [
        house.sign_in("admin", PASSWORD).await,
        house.sign_in("admin", PASSWORD).await,
    ];
    let token = |at: usize| text(&sessions[at], "access_token");
    let out = house
        .post(&token(0), "/api/v1/auth/sign-out", json!({}))
        .await;
    assert_eq!(out.status, 204);
    assert_eq!(house.get(&token(0), "/api/v1/auth/me").await.status, 401);
    assert_eq!(
        house
            .refresh(&text(&sessions[0], "refresh_token"))
            .await
            .status,
        401
    );
    assert_eq!(house.get(&token(1), "/api/v1/auth/me").await.status, 200);

    let all = house
        .post(
            &token(1),
            "/api/v1/auth/sign-out",
            json!({"everywhere": true}),
        )
        .await;
    assert_eq!(all.status, 204);
    assert_eq!(house.get(&token(1), "/api/v1/auth/me").await.status, 401);
    assert_eq!(
        house
            .refresh(&text(&sessions[1], "refresh_token"))
            .await
            .status,
        401
    );
    house.pass(1);
    house.admin().await;
    for (action, times) in [("session.ended", 1), ("user.sessions-ended", 1)] {
        assert_eq!(house.audited(action, None).await, times, "{action}");
    }
}

#[tokio::test]
async fn a_refresh_brings_the_roles_as_they_are_now() {
    let house = House::new().await;
    house.role("reader", &["users.read"]).await;
    let (id, token) = house.user("maria", &["reader"]).await;
    let tokens = house.sign_in("maria", PASSWORD).await;
    assert_eq!(house.get(&token, "/api/v1/auth/users").await.status, 200);
    let admin = house.admin().await;
    let path = format!("/api/v1/auth/users/{id}/roles");
    assert_eq!(
        house.put(&admin, &path, json!({"roles": []})).await.status,
        200
    );
    let next = house.refresh(&text(&tokens, "refresh_token")).await.json();
    assert_eq!(next["scope"], "account.own");
    assert_eq!(
        house
            .get(&text(&next, "access_token"), "/api/v1/auth/users")
            .await
            .status,
        403
    );
}

#[tokio::test]
async fn a_disabled_user_is_out_at_once() {
    let house = House::new().await;
    let (id, token) = house.user("maria", &[]).await;
    let tokens = house.sign_in("maria", PASSWORD).await;
    let admin = house.admin().await;
    assert_eq!(
        house
            .tell(&admin, &format!("/api/v1/auth/users/{id}/disable"))
            .await
            .status,
        200
    );
    assert_eq!(house.get(&token, "/api/v1/auth/me").await.status, 401);
    assert_eq!(
        house.refresh(&text(&tokens, "refresh_token")).await.status,
        401
    );
    assert_eq!(
        house
            .tell(&admin, &format!("/api/v1/auth/users/{id}/enable"))
            .await
            .status,
        200
    );
    house.pass(1);
    assert_eq!(
        house.get(&token, "/api/v1/auth/me").await.status,
        401,
        "what has ended stays so"
    );
    house.sign_in("maria", PASSWORD).await;
}
