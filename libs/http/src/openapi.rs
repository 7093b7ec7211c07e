//! The description of the API, from the endpoints themselves.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::openapi::{RefOr, Schema};

use crate::endpoint::{Access, Spec};
use crate::identify::{API_KEY, IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED};
use crate::input::Shape;
use crate::problem::ProblemBody;
use crate::schema::BodySchema;
use crate::traffic::{RATE_LIMIT, RATE_LIMIT_POLICY, REFUSED_BY};

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

/// The names of the two ways to say who asks.
const BEARER: &str = "bearer";
const KEY: &str = "apiKey";

/// Describes those of `endpoints` that are to be described, as `OpenAPI` 3.1. Every one may answer a problem.
pub fn openapi(info: Info<'_>, endpoints: &[&Spec]) -> Value {
    let mut schemas = BTreeMap::new();
    let problem = BodySchema::of::<ProblemBody<'_>>();
    register(&problem, &mut schemas);
    let mut paths = Map::new();
    for endpoint in endpoints.iter().filter(|endpoint| endpoint.described) {
        let (input, output) = ((endpoint.input)(), (endpoint.output)());
        for body in [&input.body, &output].into_iter().flatten() {
            register(body, &mut schemas);
        }
        let methods = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        methods[endpoint.method.as_str().to_lowercase()] =
            operation(endpoint, input, output.as_ref(), &problem);
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": info.title, "version": info.version, "description": info.description},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": security_schemes()},
    })
}

/// The names under which bodies of `endpoints` have schemas that ask for different things: a description shows one of them
/// and hides the other. Texts for people do not count.
pub fn schema_clashes(endpoints: &[&Spec]) -> Vec<String> {
    let mut shapes = BTreeMap::<String, Value>::new();
    let mut clashes = Vec::new();
    for endpoint in endpoints.iter().filter(|endpoint| endpoint.described) {
        let (input, output) = ((endpoint.input)(), (endpoint.output)());
        for body in [&input.body, &output].into_iter().flatten() {
            for (name, schema) in all_schemas(body) {
                let shape = shape(plain(schema));
                let known = shapes.entry(name.clone()).or_insert_with(|| shape.clone());
                if *known != shape && !clashes.contains(&name) {
                    clashes.push(name);
                }
            }
        }
    }
    clashes
}

/// A schema without what only people read.
fn shape(schema: Value) -> Value {
    match schema {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(name, value)| {
                !(value.is_string() && name == "description") && name != "example"
            })
            .map(|(name, value)| (name, shape(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(shape).collect(),
        plain => plain,
    }
}

fn security_schemes() -> Value {
    json!({
        BEARER: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "The token that signing in gives."},
        KEY: {"type": "apiKey", "in": "header", "name": API_KEY.as_str(), "description": "A key, for programs."},
    })
}

fn operation(
    endpoint: &Spec,
    input: Shape,
    output: Option<&BodySchema>,
    problem: &BodySchema,
) -> Value {
    let mut operation = json!({
        "operationId": endpoint.operation,
        "summary": endpoint.summary,
        "responses": responses(endpoint, output, problem),
        "security": security(endpoint.access),
    });
    if !endpoint.tag.is_empty() {
        operation["tags"] = json!([endpoint.tag]);
    }
    if let Some(permission) = endpoint.permission() {
        let (name, summary) = (permission.name, permission.summary);
        operation["description"] = format!("Needs the permission `{name}`: {summary}").into();
        operation["x-permission"] = name.into();
    }
    let mut parameters = input.parameters;
    parameters.extend(endpoint.once.then(idempotency_key));
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some(body) = &input.body {
        operation["requestBody"] =
            json!({"required": true, "content": {"application/json": {"schema": reference(body)}}});
    }
    operation
}

/// Either way does. What stands in the brackets are the permissions needed, as `OpenAPI` 3.1 allows it.
fn security(access: Access) -> Value {
    match access {
        Access::Needs(permission) => json!([{BEARER: [permission.name]}, {KEY: [permission.name]}]),
        Access::Public | Access::Undecided => json!([]),
    }
}

fn idempotency_key() -> Value {
    json!({
        "name": IDEMPOTENCY_KEY.as_str(),
        "in": "header",
        "required": true,
        "description": "Names the undertaking, by convention with a UUID. Sent again with the same key, the request has its \
                        effect once and is answered as before; with the same key and another content it is refused (422), \
                        and while the first is still running, too (409).",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    })
}

fn responses(endpoint: &Spec, output: Option<&BodySchema>, problem: &BodySchema) -> Value {
    let refused = |description: &str| json!({"description": description, "content": {"application/problem+json": {"schema": reference(problem)}}});
    let mut responses = json!({"default": refused("A problem")});
    let mut answer = json!({"description": "The answer"});
    if let Some(body) = output {
        answer["content"] = json!({"application/json": {"schema": reference(body)}});
    }
    if endpoint.once {
        answer["headers"] = json!({IDEMPOTENCY_REPLAYED.as_str(): {
            "description": "`true` when this answer was given before under the same key.",
            "schema": {"type": "boolean"},
        }});
    }
    responses[endpoint.status.to_string()] = answer;
    if endpoint.permission().is_some() {
        responses["401"] = refused("No credentials, or ones that do not hold");
        responses["403"] = refused("The caller lacks the permission");
    }
    if endpoint.weight_percent > 0 {
        responses["429"] = refused("The caller has used up a limit");
        responses["429"]["headers"] = refusal_headers(true);
    }
    responses["503"] =
        refused("There is no room for the request now, or something that it needs is missing");
    responses["503"]["headers"] = refusal_headers(false);
    responses
}

/// What refusals say beside their problem.
fn refusal_headers(limited: bool) -> Value {
    let header = |description: &str, kind: &str| json!({"description": description, "schema": {"type": kind}});
    let mut headers = json!({
        "retry-after": header("In how many seconds to ask again.", "integer"),
        REFUSED_BY.as_str(): header("What refused: the name of the problem.", "string"),
    });
    if limited {
        headers[RATE_LIMIT.as_str()] = header(
            "The limit that is used up, what is left of it, and in how many seconds it is whole again.",
            "string",
        );
        headers[RATE_LIMIT_POLICY.as_str()] = header("The limits of the caller's tier.", "string");
    }
    headers
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
    for (name, schema) in all_schemas(body) {
        schemas.entry(name).or_insert_with(|| plain(schema));
    }
}

/// The schema of a body and those that it refers to, by name.
fn all_schemas(body: &BodySchema) -> Vec<(String, RefOr<Schema>)> {
    let mut all = Vec::new();
    if list(body).is_none() {
        all.push(((body.name)().into_owned(), (body.schema)()));
    }
    (body.nested)(&mut all);
    all
}

fn plain(description: impl Serialize) -> Value {
    serde_json::to_value(description).expect("descriptions are plain JSON")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Endpoint, Json};
    use serde::Deserialize;
    use utoipa::ToSchema;

    #[derive(Serialize, Deserialize, ToSchema)]
    struct Item {
        name: String,
    }

    static ONE: Endpoint<(), Json<Item>> = Endpoint::get("one", "/one");
    static MANY: Endpoint<(), Json<Vec<Item>>> = Endpoint::get("many", "/many");
    static NAMES: Endpoint<(), Json<Vec<String>>> = Endpoint::get("names", "/names");

    #[test]
    fn a_list_is_described_where_it_is_used() {
        let info = Info {
            title: "lists",
            version: "1",
            description: "",
        };
        let document = openapi(info, &[ONE.spec(), MANY.spec(), NAMES.spec()]);
        let schema = |path: &str| {
            document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"].clone()
        };
        assert_eq!(schema("/many")["type"], "array");
        assert_eq!(schema("/names")["items"]["type"], "string");
        assert!(document["components"]["schemas"].get("Vec").is_none());
    }
}
