//! Every address, tried without credentials and without permission; and what the description says of them.

use medcover_contract_hospital::permissions::PERMISSIONS;
use medcover_http::Spec;
use medcover_kernel::TenantId;
use serde_json::json;

use crate::house::{House, every_permission, person};

fn address(endpoint: &Spec) -> String {
    let id = "00000000-0000-0000-0000-000000000009";
    let path = endpoint.path.replace("{id}", id).replace("{block}", id);
    path.replace("{date}", "2026-05-04")
}

#[tokio::test]
async fn nothing_answers_without_credentials_or_permission() {
    let house = House::in_memory();
    let endpoints = house.hospital.router().endpoints();
    assert_eq!(endpoints.len(), 58);
    for endpoint in endpoints {
        let (method, path) = (endpoint.method.as_str(), address(endpoint));
        let answer = house.client.ask(method, &path, &[], "").await;
        assert_eq!(answer.status, 401, "{}", endpoint.operation);
        let needed = endpoint.permission().expect("nothing is public");
        assert!(PERMISSIONS.contains(&needed), "{}", endpoint.operation);
        let others: Vec<_> = PERMISSIONS
            .iter()
            .filter(|it| **it != needed)
            .map(|it| it.name)
            .collect();
        let key = format!("{}:{}", TenantId::DEFAULT, others.join(","));
        let headers = [("x-api-key", &*key), ("idempotency-key", "k")];
        let answer = house.client.ask(method, &path, &headers, "").await;
        assert_eq!(answer.status, 403, "{}", endpoint.operation);
        assert!(
            answer.text().contains(needed.name),
            "{}",
            endpoint.operation
        );
    }
}

#[tokio::test]
async fn every_post_demands_a_key_of_its_own() {
    let house = House::in_memory();
    let key = every_permission(TenantId::DEFAULT);
    for endpoint in house.hospital.router().endpoints() {
        let is_post = endpoint.method.as_str() == "POST";
        assert_eq!(endpoint.once, is_post, "{}", endpoint.operation);
        if is_post {
            let headers = [("x-api-key", &*key)];
            let answer = house
                .client
                .ask("POST", &address(endpoint), &headers, "")
                .await;
            assert_eq!(answer.status, 400, "{}", endpoint.operation);
            assert!(
                answer.text().contains("idempotency-key-missing"),
                "{}",
                endpoint.operation
            );
        }
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_patient_is_said_by_field() {
    let house = House::in_memory();
    let key = every_permission(TenantId::DEFAULT);
    let mut details = serde_json::to_value(person(" ")).expect("JSON");
    details["birth_date"] = json!("2126-01-01");
    let headers = [
        ("x-api-key", &*key),
        ("idempotency-key", "k"),
        ("content-type", "application/json"),
    ];
    let body = json!({"details": details}).to_string();
    let answer = house
        .client
        .ask("POST", "/api/v1/patients", &headers, body)
        .await;
    assert_eq!(answer.status, 400);
    let text = answer.text();
    assert!(
        text.contains("/details/family_name") && text.contains("/details/birth_date"),
        "{text}"
    );
}
