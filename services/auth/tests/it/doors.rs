//! Every address, tried without credentials and without permission.

use medcover_http::Spec;

use crate::house::House;

/// The addresses that answer anybody. The list is short on purpose.
const PUBLIC: [&str; 5] = [
    "sign_in",
    "refresh",
    "accept_invitation",
    "jwks",
    "discovery",
];

fn address(endpoint: &Spec) -> String {
    let path = endpoint
        .path
        .replace("{id}", "00000000-0000-0000-0000-000000000009");
    path.replace("{name}", "clerk")
}

#[tokio::test]
async fn nothing_but_the_public_addresses_answers_without_credentials() {
    let house = House::new().await;
    let endpoints = house.auth.router().endpoints();
    assert!(endpoints.len() > 30);
    for endpoint in endpoints {
        let public = PUBLIC.contains(&endpoint.operation);
        assert_eq!(endpoint.is_public(), public, "{}", endpoint.operation);
        if !public {
            let answer = house
                .client
                .ask(endpoint.method.as_str(), &address(endpoint), &[], "")
                .await;
            assert_eq!(answer.status, 401, "{}", endpoint.operation);
        }
    }
}

#[tokio::test]
async fn nothing_but_ones_own_account_answers_without_permission() {
    let house = House::new().await;
    let (_, token) = house.user("maria", &[]).await;
    for endpoint in house.auth.router().endpoints() {
        let Some(permission) = endpoint.permission() else {
            continue;
        };
        if permission.name == "account.own" {
            continue;
        }
        let answer = house
            .ask(&token, endpoint.method.as_str(), &address(endpoint), None)
            .await;
        assert_eq!(answer.status, 403, "{}", endpoint.operation);
        assert!(
            answer.text().contains(permission.name),
            "{}",
            endpoint.operation
        );
    }
}
