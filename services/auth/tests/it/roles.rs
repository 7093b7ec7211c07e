use serde_json::json;

use crate::house::{House, text};

const ROLES: &str = "/api/v1/auth/roles";

#[tokio::test]
async fn roles_are_made_changed_listed_and_removed() {
    let house = House::new().await;
    let admin = house.admin().await;
    house.role("nurse", &["patients.read"]).await;
    house.role("clerk", &["users.read"]).await;
    house
        .role("nurse", &["patients.read", "break-glass.use"])
        .await;
    let roles = house.get(&admin, ROLES).await.json();
    insta::assert_json_snapshot!(roles);
    let path = format!("{ROLES}/clerk");
    assert_eq!(house.ask(&admin, "DELETE", &path, None).await.status, 204);
    assert_eq!(house.ask(&admin, "DELETE", &path, None).await.status, 404);
    assert_eq!(house.audited("role.set", None).await, 3);
    assert_eq!(house.audited("role.removed", None).await, 1);
}

#[tokio::test]
async fn a_role_that_is_gone_gives_nothing() {
    let house = House::new().await;
    house.role("reader", &["users.read"]).await;
    let (_, token) = house.user("maria", &["reader"]).await;
    assert_eq!(house.get(&token, "/api/v1/auth/users").await.status, 200);
    let admin = house.admin().await;
    house
        .ask(&admin, "DELETE", &format!("{ROLES}/reader"), None)
        .await;
    let tokens = house.sign_in("maria", crate::house::PASSWORD).await;
    assert_eq!(text(&tokens, "scope"), "account.own");
}

#[tokio::test]
async fn roles_hold_permissions_that_there_are_and_that_the_giver_has() {
    let house = House::new().await;
    let admin = house.admin().await;
    let unknown = house
        .put(
            &admin,
            &format!("{ROLES}/nurse"),
            json!({"permissions": ["patients.heal"]}),
        )
        .await;
    assert_eq!(
        (unknown.status.as_u16(), unknown.pointers()),
        (400, vec!["/permissions".to_owned()])
    );
    let named = house
        .put(
            &admin,
            &format!("{ROLES}/Nurse"),
            json!({"permissions": []}),
        )
        .await;
    assert_eq!(
        (named.status.as_u16(), named.pointers()),
        (400, vec!["/name".to_owned()])
    );
    let fixed = house
        .put(
            &admin,
            &format!("{ROLES}/administrator"),
            json!({"permissions": []}),
        )
        .await;
    assert_eq!(fixed.status, 409);
    house.role("chief", &["roles.manage"]).await;
    house.role("nurse", &["patients.read"]).await;
    let (_, chief) = house.user("chief", &["chief"]).await;
    let more = house
        .put(
            &chief,
            &format!("{ROLES}/other"),
            json!({"permissions": ["patients.read"]}),
        )
        .await;
    assert_eq!(more.status, 403);
    let less = house
        .put(
            &chief,
            &format!("{ROLES}/nurse"),
            json!({"permissions": []}),
        )
        .await;
    assert_eq!(less.status, 403, "one does not take from above either");
    let equal = house
        .put(
            &chief,
            &format!("{ROLES}/other"),
            json!({"permissions": ["roles.manage"]}),
        )
        .await;
    assert_eq!(equal.status, 200);
}

#[tokio::test]
async fn the_permissions_there_are_can_be_listed() {
    let house = House::new().await;
    let admin = house.admin().await;
    let answer = house.get(&admin, "/api/v1/auth/permissions").await;
    insta::assert_json_snapshot!(answer.json());
}
