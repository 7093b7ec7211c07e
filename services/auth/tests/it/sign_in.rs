use std::sync::Arc;

use serde_json::json;

use crate::house::{House, PASSWORD, text};

#[tokio::test]
async fn a_name_in_either_case_and_its_password_give_tokens() {
    let house = House::new().await;
    let tokens = house.sign_in(" ADMIN ", PASSWORD).await;
    insta::assert_json_snapshot!(tokens, {
        ".access_token" => "[token]", ".refresh_token" => "[token]",
    });
    let token = text(&tokens, "access_token");
    let me = house.get(&token, "/api/v1/auth/me").await;
    insta::assert_json_snapshot!(me.json(), {".sub" => "[user]"});
    assert_eq!(house.audited("session.started", None).await, 1);
}

/// Everything that can be wrong is answered with the same words.
#[tokio::test]
async fn nobody_learns_what_was_wrong() {
    let house = House::new().await;
    let (id, _) = house.user("maria", &[]).await;
    let admin = house.admin().await;
    house
        .post(&admin, "/api/v1/auth/users", json!({"name": "invited"}))
        .await;
    let wrong = [
        json!({"name": "admin", "password": "wrong"}),
        json!({"name": "nobody", "password": PASSWORD}),
        json!({"name": "no such name!", "password": PASSWORD}),
        json!({"tenant": "nowhere", "name": "admin", "password": PASSWORD}),
        json!({"name": "invited", "password": PASSWORD}),
        json!({"name": "maria", "password": PASSWORD}),
    ];
    assert_eq!(
        house
            .tell(&admin, &format!("/api/v1/auth/users/{id}/disable"))
            .await
            .status,
        200
    );
    let mut answers = Vec::new();
    for body in &wrong {
        let answer = house.client.post("/api/v1/auth/sign-in", body).await;
        assert_eq!(answer.status, 401, "{body}");
        answers.push((
            answer.json()["detail"].clone(),
            answer.json()["type"].clone(),
        ));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(house.audited("sign-in.refused", None).await, wrong.len());
    for reason in ["wrong-password", "not-active", "disabled"] {
        assert!(
            house
                .audited("sign-in.refused", Some(("reason", reason)))
                .await
                > 0,
            "{reason}"
        );
    }
}

#[tokio::test]
async fn wrong_passwords_lock_for_longer_and_longer() {
    let house = House::new().await;
    house.user("maria", &[]).await;
    for _ in 0..5 {
        assert_eq!(house.try_sign_in("maria", "wrong").await.status, 401);
    }
    assert_eq!(
        house.try_sign_in("maria", PASSWORD).await.status,
        401,
        "locked"
    );
    house.pass(29);
    assert_eq!(
        house.try_sign_in("maria", PASSWORD).await.status,
        401,
        "still locked"
    );
    house.pass(1);
    assert_eq!(house.try_sign_in("maria", "wrong").await.status, 401);
    house.pass(59);
    assert_eq!(
        house.try_sign_in("maria", PASSWORD).await.status,
        401,
        "locked for a minute"
    );
    house.pass(1);
    house.sign_in("maria", PASSWORD).await;
    assert_eq!(house.try_sign_in("maria", "wrong").await.status, 401);
    house.sign_in("maria", PASSWORD).await;
}

#[tokio::test]
async fn an_administrator_ends_a_lock() {
    let house = House::new().await;
    let (id, _) = house.user("maria", &[]).await;
    for _ in 0..5 {
        house.try_sign_in("maria", "wrong").await;
    }
    let admin = house.admin().await;
    let path = format!("/api/v1/auth/users/{id}");
    let seen = house.get(&admin, &path).await.json();
    assert_eq!(
        (&seen["status"], &seen["locked_until"]),
        (&json!("locked"), &json!("2026-04-01T00:00:32.000000Z"))
    );
    let unlocked = house.tell(&admin, &format!("{path}/unlock")).await.json();
    assert_eq!(unlocked["status"], "active");
    house.sign_in("maria", PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_wrong_passwords_at_once_still_lock() {
    fifty_at_once(House::new().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_wrong_passwords_at_once_still_lock_on_disk() {
    fifty_at_once(House::on_disk().await).await;
}

async fn fifty_at_once(house: House) {
    let house = Arc::new(house);
    house.user("maria", &[]).await;
    let tries: Vec<_> = (0..50)
        .map(|_| {
            let house = Arc::clone(&house);
            tokio::spawn(async move { house.try_sign_in("maria", "wrong").await.status })
        })
        .collect();
    for answer in tries {
        assert_eq!(answer.await.expect("no panic"), 401);
    }
    assert_eq!(
        house.try_sign_in("maria", PASSWORD).await.status,
        401,
        "locked"
    );
    let wrong = house
        .audited("sign-in.refused", Some(("reason", "wrong-password")))
        .await;
    let locked = house
        .audited("sign-in.refused", Some(("reason", "locked")))
        .await;
    assert_eq!(
        (wrong, locked),
        (5, 46),
        "five passwords were looked at, and no more"
    );
    house.pass(30);
    house.sign_in("maria", PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_sign_ins_than_can_be_hashed_are_told_to_come_back() {
    let mut config = crate::house::quick();
    config.hashing = medcover_auth::HashingConfig {
        memory_kib: 16 * 1024,
        passes: 3,
        threads: 1,
        queue: 1,
    };
    let clock = crate::house::clock();
    let house = House::over(crate::house::memory(&clock), clock, config, 1);
    house.start().await;
    let house = Arc::new(house);
    let tries: Vec<_> = (0..12)
        .map(|_| {
            let house = Arc::clone(&house);
            tokio::spawn(async move { house.try_sign_in("nobody", "wrong").await })
        })
        .collect();
    let mut busy = 0;
    for answer in tries {
        let answer = answer.await.expect("no panic");
        if answer.status == 503 {
            assert_eq!(answer.header("retry-after"), "1");
            busy += 1;
        } else {
            assert_eq!(answer.status, 401);
        }
    }
    assert!(busy > 0);
}

#[tokio::test]
async fn passwords_are_changed_by_who_knows_them() {
    let house = House::new().await;
    let (_, token) = house.user("maria", &[]).await;
    let path = "/api/v1/auth/password";
    let change = |current: &str, new: &str| json!({"current": current, "new": new});
    let weak = house
        .post(&token, path, change(PASSWORD, "Password123456"))
        .await;
    assert_eq!(
        (weak.status.as_u16(), weak.pointers()),
        (400, vec!["/new".to_owned()])
    );
    let wrong = house
        .post(&token, path, change("wrong", "berg und tal und see"))
        .await;
    assert_eq!(
        (wrong.status.as_u16(), wrong.pointers()),
        (422, vec!["/current".to_owned()])
    );
    let changed = house
        .post(&token, path, change(PASSWORD, "berg und tal und see"))
        .await;
    assert_eq!(changed.status, 204, "{}", changed.text());
    assert_eq!(
        house.get(&token, "/api/v1/auth/me").await.status,
        401,
        "the session has ended"
    );
    house.pass(1);
    assert_eq!(house.try_sign_in("maria", PASSWORD).await.status, 401);
    house.sign_in("maria", "berg und tal und see").await;
    assert_eq!(house.audited("password.changed", None).await, 1);
}

#[tokio::test]
async fn guessing_from_a_session_left_open_locks_as_well() {
    let house = House::new().await;
    let (_, token) = house.user("maria", &[]).await;
    for _ in 0..5 {
        let body = json!({"current": "wrong", "new": "berg und tal und see"});
        assert_eq!(
            house
                .post(&token, "/api/v1/auth/password", body)
                .await
                .status,
            422
        );
    }
    let body = json!({"current": PASSWORD, "new": "berg und tal und see"});
    assert_eq!(
        house
            .post(&token, "/api/v1/auth/password", body)
            .await
            .status,
        422,
        "locked"
    );
}
