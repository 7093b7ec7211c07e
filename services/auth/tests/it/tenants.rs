use medcover_kernel::TenantId;
use serde_json::{Value, json};

use crate::house::{House, PASSWORD, text};

const TENANTS: &str = "/api/v1/auth/tenants";

/// A second tenant: its id, and the access token of its administrator.
async fn second(house: &House) -> (String, String) {
    let admin = house.admin().await;
    let body = json!({"name": "st-anna", "administrator": "admin"});
    let made = house.post(&admin, TENANTS, body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    let invitation = text(&made["administrator"], "invitation");
    assert_eq!(house.accept(&invitation, PASSWORD).await.status, 204);
    house.pass(1);
    let body = json!({"tenant": "st-anna", "name": "admin", "password": PASSWORD});
    let tokens = house
        .client
        .post("/api/v1/auth/sign-in", &body)
        .await
        .json();
    (text(&made["tenant"], "id"), text(&tokens, "access_token"))
}

#[tokio::test]
async fn a_tenant_has_users_of_its_own() {
    let house = House::new().await;
    let (tenant, anna) = second(&house).await;
    let me = house.get(&anna, "/api/v1/auth/me").await.json();
    assert_eq!(text(&me, "tenant"), tenant);
    let users = house.get(&anna, "/api/v1/auth/users").await.json();
    assert_eq!(users["users"].as_array().map(Vec::len), Some(1), "{users}");
    // The same name is free in each tenant.
    assert_eq!(
        house
            .post(&anna, "/api/v1/auth/users", json!({"name": "maria"}))
            .await
            .status,
        201
    );
    let admin = house.admin().await;
    assert_eq!(
        house
            .post(&admin, "/api/v1/auth/users", json!({"name": "maria"}))
            .await
            .status,
        201
    );
    let trail = house
        .trail_of(tenant.parse::<TenantId>().expect("an id"))
        .await;
    assert!(
        trail
            .iter()
            .any(|record| record.entry.action == "user.invited")
    );
}

#[tokio::test]
async fn anothers_things_are_not_there() {
    let house = House::new().await;
    let (_, anna) = second(&house).await;
    let (maria, _) = house.user("maria", &[]).await;
    let (client, key) = house
        .api_key(json!({"name": "laboratory", "permissions": []}))
        .await;
    house.role("clerk", &["users.read"]).await;
    let nobody = "00000000-0000-0000-0000-000000000009";
    let of = |id: &str, path: &str| path.replace("{}", id);
    for (id, method, path, body) in [
        (&maria, "GET", "/api/v1/auth/users/{}", Value::Null),
        (&maria, "POST", "/api/v1/auth/users/{}/disable", Value::Null),
        (&maria, "POST", "/api/v1/auth/users/{}/enable", Value::Null),
        (&maria, "POST", "/api/v1/auth/users/{}/unlock", Value::Null),
        (
            &maria,
            "POST",
            "/api/v1/auth/users/{}/invitation",
            Value::Null,
        ),
        (
            &maria,
            "PUT",
            "/api/v1/auth/users/{}/roles",
            json!({"roles": []}),
        ),
        (&client, "POST", "/api/v1/auth/clients/{}/key", Value::Null),
        (
            &client,
            "POST",
            "/api/v1/auth/clients/{}/revoke",
            Value::Null,
        ),
        (
            &maria,
            "POST",
            "/api/v1/auth/break-glass/{}/end",
            Value::Null,
        ),
        (
            &maria,
            "POST",
            "/api/v1/auth/break-glass/{}/review",
            json!({"note": "looked at, all well"}),
        ),
    ] {
        let body = Some(body).filter(|body| !body.is_null());
        let anothers = house.ask(&anna, method, &of(id, path), body.clone()).await;
        let nobodys = house.ask(&anna, method, &of(nobody, path), body).await;
        assert_eq!(
            (anothers.status.as_u16(), nobodys.status.as_u16()),
            (404, 404),
            "{path}"
        );
        assert_eq!(
            anothers.json()["detail"],
            nobodys.json()["detail"],
            "{path}"
        );
    }
    let gone = house
        .ask(&anna, "DELETE", "/api/v1/auth/roles/clerk", None)
        .await;
    assert_eq!(gone.status, 404);
    let page = house
        .get(&anna, &format!("/api/v1/auth/users?after={maria}"))
        .await;
    assert_eq!(page.status, 400, "no page begins after another's user");
    let me = house
        .ask_with(&[("x-api-key", &key)], "GET", "/api/v1/auth/users", None)
        .await;
    assert_eq!(me.status, 403, "the key is still its own tenant's");
}

#[tokio::test]
async fn only_the_default_tenant_looks_after_the_installation() {
    let house = House::new().await;
    let (_, anna) = second(&house).await;
    for (method, path, body) in [
        ("GET", TENANTS, None),
        (
            "POST",
            TENANTS,
            Some(json!({"name": "mine", "administrator": "me"})),
        ),
        ("GET", "/api/v1/auth/signing-keys", None),
        ("POST", "/api/v1/auth/signing-keys/rotate", None),
        (
            "POST",
            "/api/v1/auth/service-tokens",
            Some(json!({"audience": "billing"})),
        ),
    ] {
        assert_eq!(
            house.ask(&anna, method, path, body).await.status,
            403,
            "{path}"
        );
    }
    let role = json!({"permissions": ["tenants.manage"]});
    let role = house.put(&anna, "/api/v1/auth/roles/owner", role).await;
    assert_eq!(
        (role.status.as_u16(), role.pointers()),
        (400, vec!["/permissions".to_owned()])
    );
    let client = json!({"name": "x", "service": "billing", "permissions": []});
    let client = house.post(&anna, "/api/v1/auth/clients", client).await;
    assert_eq!(client.status, 400);
}

#[tokio::test]
async fn names_of_tenants_are_taken_once() {
    let house = House::new().await;
    let (_, _) = second(&house).await;
    let admin = house.admin().await;
    let again = house
        .post(
            &admin,
            TENANTS,
            json!({"name": "st-anna", "administrator": "eva"}),
        )
        .await;
    assert_eq!(again.status, 409);
    for (body, pointer) in [
        (json!({"name": "St. Anna", "administrator": "eva"}), "/name"),
        (
            json!({"name": "st-eva", "administrator": "!"}),
            "/administrator",
        ),
    ] {
        let answer = house.post(&admin, TENANTS, body).await;
        assert_eq!(
            (answer.status.as_u16(), answer.pointers()),
            (400, vec![pointer.to_owned()])
        );
    }
    let tenants = house.get(&admin, TENANTS).await.json();
    insta::assert_json_snapshot!(tenants, {".tenants[].id" => "[id]"});
}

#[tokio::test]
async fn a_key_of_another_tenant_belongs_to_it() {
    let house = House::new().await;
    let (_, anna) = second(&house).await;
    let body = json!({"name": "laboratory", "permissions": ["users.read"]});
    let made = house.post(&anna, "/api/v1/auth/clients", body).await.json();
    let key = text(&made, "key");
    let users = house
        .ask_with(&[("x-api-key", &key)], "GET", "/api/v1/auth/users", None)
        .await;
    assert_eq!(users.json()["users"].as_array().map(Vec::len), Some(1));
}
