//! The description of the API, from the endpoints themselves.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::openapi::path::ParameterIn;
use utoipa::openapi::{RefOr, Schema};

use crate::endpoint::{BodySchema, Endpoint};
use crate::problem::ProblemBody;

/// What stands at the head of the description.
#[derive(Clone, Copy, Debug)]
pub struct Info<'a> {
    /// The name of the API.
    pub title: &'a str,
    /// Its version.
    pub version: &'a str,
    /// What it is, in Markdown.
    pub description: &'a str,
}

/// Describes those of `endpoints` that are to be described, as `OpenAPI` 3.1. Every one may answer a problem.
pub fn openapi(info: Info<'_>, endpoints: &[&Endpoint]) -> Value {
    let mut schemas = BTreeMap::new();
    let problem = BodySchema::of::<ProblemBody<'_>>();
    register(&problem, &mut schemas);
    let mut paths = Map::new();
    for endpoint in endpoints.iter().filter(|endpoint| endpoint.described) {
        for body in [endpoint.request, endpoint.answer].into_iter().flatten() {
            register(&body, &mut schemas);
        }
        let methods = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        methods[endpoint.method.as_str().to_lowercase()] = operation(endpoint, &problem);
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": info.title, "version": info.version, "description": info.description},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": schemas},
    })
}

fn operation(endpoint: &Endpoint, problem: &BodySchema) -> Value {
    let mut operation = json!({
        "operationId": endpoint.operation,
        "summary": endpoint.summary,
        "responses": {
            "200": answer(endpoint.answer.as_ref()),
            "default": {"description": "A problem", "content": {"application/problem+json": {"schema": reference(problem)}}},
        },
    });
    if !endpoint.tag.is_empty() {
        operation["tags"] = json!([endpoint.tag]);
    }
    if endpoint.public {
        operation["security"] = json!([]);
    }
    let parameters = parameters(endpoint);
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some(body) = &endpoint.request {
        operation["requestBody"] =
            json!({"required": true, "content": {"application/json": {"schema": reference(body)}}});
    }
    operation
}

fn answer(body: Option<&BodySchema>) -> Value {
    match body {
        Some(body) => {
            json!({"description": "The answer", "content": {"application/json": {"schema": reference(body)}}})
        }
        None => json!({"description": "The answer"}),
    }
}

fn parameters(endpoint: &Endpoint) -> Vec<Value> {
    let places = [
        (endpoint.path_parameters, ParameterIn::Path),
        (endpoint.query_parameters, ParameterIn::Query),
    ];
    places
        .into_iter()
        .filter_map(|(parameters, place)| Some(parameters?.0(place)))
        .flatten()
        .map(plain)
        .collect()
}

/// Where the description of a body stands: among the components, by its name; a list has no name of its own and stands
/// where it is used.
fn reference(body: &BodySchema) -> Value {
    match list(body) {
        Some(list) => list,
        None => json!({"$ref": format!("#/components/schemas/{}", (body.name)())}),
    }
}

fn list(body: &BodySchema) -> Option<Value> {
    match (body.schema)() {
        RefOr::T(Schema::Array(list)) => Some(plain(list)),
        _ => None,
    }
}

fn register(body: &BodySchema, schemas: &mut BTreeMap<String, Value>) {
    let mut all = Vec::new();
    if list(body).is_none() {
        all.push(((body.name)().into_owned(), (body.schema)()));
    }
    (body.nested)(&mut all);
    for (name, schema) in all {
        schemas.entry(name).or_insert_with(|| plain(schema));
    }
}

fn plain(description: impl Serialize) -> Value {
    serde_json::to_value(description).expect("descriptions are plain JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    static ONE: Endpoint = Endpoint::get("one", "/one").answers::<ProblemBody<'_>>();
    static MANY: Endpoint = Endpoint::get("many", "/many").answers::<Vec<ProblemBody<'_>>>();
    static NAMES: Endpoint = Endpoint::get("names", "/names").answers::<Vec<String>>();

    #[test]
    fn a_list_is_described_where_it_is_used() {
        let info = Info {
            title: "lists",
            version: "1",
            description: "",
        };
        let document = openapi(info, &[&ONE, &MANY, &NAMES]);
        let schema = |path: &str| {
            document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"].clone()
        };
        assert_eq!(schema("/many")["type"], "array");
        assert_eq!(schema("/names")["items"]["type"], "string");
        assert!(document["components"]["schemas"].get("Vec").is_none());
    }
}
