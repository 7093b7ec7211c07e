use serde_json::json;

use crate::house::{House, PASSWORD, text};

const USERS: &str = "/api/v1/auth/users";

#[tokio::test]
async fn a_user_is_invited_accepts_and_signs_in() {
    let house = House::new().await;
    let admin = house.admin().await;
    let invited = house
        .post(&admin, USERS, json!({"name": "Maria.Rossi"}))
        .await;
    assert_eq!(invited.status, 201);
    let invited = invited.json();
    insta::assert_json_snapshot!(invited, {".user.id" => "[id]", ".invitation" => "[ticket]"});
    let ticket = text(&invited, "invitation");
    let weak = house.accept(&ticket, "maria.rossi maria").await;
    assert_eq!(
        (weak.status.as_u16(), weak.pointers()),
        (400, vec!["/password".to_owned()])
    );
    assert_eq!(house.accept(&ticket, PASSWORD).await.status, 204);
    assert_eq!(
        house.accept(&ticket, "berg und tal und see").await.status,
        401,
        "it is good once"
    );
    house.pass(1);
    house.sign_in("maria.rossi", PASSWORD).await;
    for action in ["user.invited", "invitation.accepted"] {
        assert_eq!(house.audited(action, None).await, 1, "{action}");
    }
}

#[tokio::test]
async fn an_invitation_expires_and_a_new_one_replaces_it() {
    let house = House::new().await;
    let admin = house.admin().await;
    let invited = house
        .post(&admin, USERS, json!({"name": "maria"}))
        .await
        .json();
    let path = format!("{USERS}/{}/invitation", text(&invited["user"], "id"));
    let second = house.tell(&admin, &path).await.json();
    assert_eq!(
        house
            .accept(&text(&invited, "invitation"), PASSWORD)
            .await
            .status,
        401,
        "replaced"
    );
    house.pass(7 * 24 * 3_600);
    assert_eq!(
        house
            .accept(&text(&second, "invitation"), PASSWORD)
            .await
            .status,
        401,
        "expired"
    );
    let admin = house.admin().await;
    let third = house.tell(&admin, &path).await.json();
    assert_eq!(
        house
            .accept(&text(&third, "invitation"), PASSWORD)
            .await
            .status,
        204
    );
    assert_eq!(house.accept("mci_forged", PASSWORD).await.status, 401);
    assert_eq!(house.audited("invitation.refused", None).await, 1);
}

#[tokio::test]
async fn a_new_invitation_is_a_way_to_a_forgotten_password() {
    let house = House::new().await;
    let (id, token) = house.user("maria", &[]).await;
    let admin = house.admin().await;
    let again = house
        .tell(&admin, &format!("{USERS}/{id}/invitation"))
        .await
        .json();
    assert_eq!(
        house.get(&token, "/api/v1/auth/me").await.status,
        200,
        "the old password counts until then"
    );
    assert_eq!(
        house
            .accept(&text(&again, "invitation"), "berg und tal und see")
            .await
            .status,
        204
    );
    assert_eq!(house.get(&token, "/api/v1/auth/me").await.status, 401);
    house.pass(1);
    house.sign_in("maria", "berg und tal und see").await;
}

#[tokio::test]
async fn the_same_invitation_asked_for_twice_is_one_user() {
    let house = House::new().await;
    let admin = house.admin().await;
    let bearer = format!("Bearer {admin}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("idempotency-key", "one"),
    ];
    let body = json!({"name": "maria"});
    let first = house
        .ask_with(&headers, "POST", USERS, Some(body.clone()))
        .await;
    let again = house.ask_with(&headers, "POST", USERS, Some(body)).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 201));
    assert_eq!(first.json(), again.json(), "the invitation as well");
    assert_eq!(again.header("idempotency-replayed"), "true");
    let other = house
        .ask_with(&headers, "POST", USERS, Some(json!({"name": "anna"})))
        .await;
    assert_eq!(other.status, 422);
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
    ];
    let without = house
        .client
        .ask("POST", USERS, &headers, r#"{"name":"eva"}"#)
        .await;
    assert_eq!(without.status, 400);
}

#[tokio::test]
async fn names_are_taken_once_and_must_be_names() {
    let house = House::new().await;
    let admin = house.admin().await;
    assert_eq!(
        house
            .post(&admin, USERS, json!({"name": "maria"}))
            .await
            .status,
        201
    );
    assert_eq!(
        house
            .post(&admin, USERS, json!({"name": "MARIA"}))
            .await
            .status,
        409
    );
    for (body, pointer) in [
        (json!({"name": "m"}), "/name"),
        (json!({"name": "maria rossi"}), "/name"),
        (json!({"name": 7}), "/name"),
        (json!({"name": "anna", "role": []}), "/role"),
        (json!({"name": "anna", "roles": ["made-later"]}), "/roles"),
    ] {
        let answer = house.post(&admin, USERS, body).await;
        assert_eq!(
            (answer.status.as_u16(), answer.pointers()),
            (400, vec![pointer.to_owned()])
        );
    }
}

#[tokio::test]
async fn users_are_listed_by_name_a_page_at_a_time() {
    let house = House::new().await;
    let admin = house.admin().await;
    for name in ["zoe", "bea", "maria", "anna"] {
        assert_eq!(
            house
                .post(&admin, USERS, json!({"name": name}))
                .await
                .status,
            201
        );
    }
    let first = house.get(&admin, &format!("{USERS}?limit=2")).await.json();
    insta::assert_json_snapshot!(first, {".users[].id" => "[id]", ".next" => "[id]"});
    let mut names = Vec::new();
    let mut path = format!("{USERS}?limit=2");
    loop {
        let page = house.get(&admin, &path).await.json();
        names.extend(
            page["users"]
                .as_array()
                .expect("a list")
                .iter()
                .map(|user| text(user, "name")),
        );
        match page["next"].as_str() {
            Some(next) => path = format!("{USERS}?limit=2&after={next}"),
            None => break,
        }
    }
    assert_eq!(names, ["admin", "anna", "bea", "maria", "zoe"]);
    let wrong = house.get(&admin, &format!("{USERS}?after=maria")).await;
    assert_eq!(
        (wrong.status.as_u16(), wrong.pointers()),
        (400, vec!["/after".to_owned()])
    );
}

#[tokio::test]
async fn nobody_gives_or_takes_what_they_do_not_have() {
    let house = House::new().await;
    house.role("helper", &["users.manage", "users.read"]).await;
    house.role("reviewer", &["break-glass.review"]).await;
    let (_, helper) = house.user("helper", &["helper"]).await;
    let (boss, _) = house.user("boss", &["reviewer"]).await;
    for roles in [["administrator"], ["reviewer"]] {
        let invited = house
            .post(&helper, USERS, json!({"name": "eva", "roles": roles}))
            .await;
        assert_eq!(invited.status, 403, "{roles:?}");
    }
    let invited = house
        .post(&helper, USERS, json!({"name": "eva", "roles": ["helper"]}))
        .await;
    assert_eq!(invited.status, 201);
    for (method, path, body) in [
        (
            "PUT",
            format!("{USERS}/{boss}/roles"),
            Some(json!({"roles": []})),
        ),
        ("POST", format!("{USERS}/{boss}/disable"), None),
        ("POST", format!("{USERS}/{boss}/invitation"), None),
    ] {
        assert_eq!(
            house.ask(&helper, method, &path, body).await.status,
            403,
            "{path}"
        );
    }
    let eva = text(&invited.json()["user"], "id");
    let unknown = house
        .put(
            &helper,
            &format!("{USERS}/{eva}/roles"),
            json!({"roles": ["nonesuch"]}),
        )
        .await;
    assert_eq!(
        (unknown.status.as_u16(), unknown.pointers()),
        (400, vec!["/roles".to_owned()])
    );
}

#[tokio::test]
async fn nobody_disables_themselves_or_changes_their_own_roles() {
    let house = House::new().await;
    let admin = house.admin().await;
    let me = house.get(&admin, "/api/v1/auth/me").await.json();
    let id = text(&me, "sub").replace("user:", "");
    assert_eq!(
        house
            .tell(&admin, &format!("{USERS}/{id}/disable"))
            .await
            .status,
        409
    );
    let path = format!("{USERS}/{id}/roles");
    assert_eq!(
        house.put(&admin, &path, json!({"roles": []})).await.status,
        409
    );
}
