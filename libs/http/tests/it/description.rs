//! The OpenAPI document and the list of endpoints.

use medcover_http::{Info, openapi};

use crate::demo::routes;

#[test]
fn the_endpoints_describe_themselves() {
    let info = Info {
        title: "demo",
        version: "1",
        description: "A demo.",
    };
    let document = openapi(info, &routes().endpoints());
    assert_eq!(document["openapi"], "3.1.0");
    let item = &document["paths"]["/api/v1/items/{code}"]["get"];
    assert_eq!(item["operationId"], "get_item");
    assert_eq!(item["security"], serde_json::json!([]));
    assert_eq!(item["parameters"][0]["name"], "code");
    assert_eq!(item["parameters"][0]["in"], "path");
    assert_eq!(item["parameters"][0]["required"], true);
    let answer = &item["responses"]["200"]["content"]["application/json"]["schema"]["$ref"];
    assert_eq!(answer, "#/components/schemas/Item");
    let problem = &item["responses"]["default"]["content"]["application/problem+json"]["schema"];
    assert_eq!(problem["$ref"], "#/components/schemas/Problem");
    for (status, header) in [
        ("429", "ratelimit"),
        ("429", "retry-after"),
        ("503", "x-refused-by"),
    ] {
        let described = &item["responses"][status]["headers"][header];
        assert!(described["schema"].is_object(), "{status} {header}");
    }

    let search = &document["paths"]["/api/v1/search/items"]["get"]["parameters"];
    assert_eq!(search[0]["in"], "query");
    assert_eq!(search[1]["required"], false);
    let batch = &document["paths"]["/api/v1/items/batch"]["post"]["requestBody"]["content"];
    assert_eq!(
        batch["application/json"]["schema"]["$ref"],
        "#/components/schemas/Batch"
    );
    assert!(document["paths"].get("/page").is_none());
}

#[test]
fn every_reference_leads_somewhere() {
    let info = Info {
        title: "demo",
        version: "1",
        description: "",
    };
    let document = openapi(info, &routes().endpoints());
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap_or_default();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
    assert!(text.contains("\"Part\""));
}

#[test]
fn operations_are_unique_and_all_are_listed() {
    let endpoints = routes().endpoints();
    assert_eq!(endpoints.len(), 11);
    let mut names: Vec<_> = endpoints.iter().map(|e| e.operation).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), endpoints.len());
}
