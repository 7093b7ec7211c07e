//! The page at `/docs`, made from the `OpenAPI` description and nothing else.

use std::fmt::Write as _;

use askama::Template;
use serde_json::{Map, Value};

/// What the template shows.
#[derive(Template)]
#[template(path = "docs.html")]
pub(super) struct DocsPage<'a> {
    title: &'a str,
    version: &'a str,
    about: &'a str,
    chapters: Vec<Chapter<'a>>,
    schemas: Vec<Schema<'a>>,
}

struct Chapter<'a> {
    name: &'a str,
    operations: Vec<Operation<'a>>,
}

struct Operation<'a> {
    id: &'a str,
    method: String,
    path: &'a str,
    summary: &'a str,
    /// Which permission it needs; empty where it needs none.
    needs: &'a str,
    parameters: Vec<Field<'a>>,
    body: Option<&'a str>,
    answer: Option<&'a str>,
    /// The same operation with its examples filled in, where it only reads and has an example for all it requires.
    example: Option<String>,
}

struct Field<'a> {
    name: &'a str,
    place: &'a str,
    kind: Kind<'a>,
    required: bool,
    about: &'a str,
}

/// A type in words, with the name of the schema it refers to.
struct Kind<'a> {
    text: String,
    schema: Option<&'a str>,
}

struct Schema<'a> {
    name: &'a str,
    about: &'a str,
    fields: Vec<Field<'a>>,
    choices: Vec<Choice<'a>>,
}

struct Choice<'a> {
    value: &'a str,
    about: &'a str,
}

impl<'a> DocsPage<'a> {
    pub(super) fn of(description: &'a Value) -> Self {
        let info = &description["info"];
        let mut chapters = Vec::<Chapter<'_>>::new();
        for (path, methods) in entries(&description["paths"]) {
            for (method, operation) in entries(methods) {
                let name = operation["tags"][0].as_str().unwrap_or("other");
                let operation = Operation::of(method, path, operation);
                match chapters.iter_mut().find(|chapter| chapter.name == name) {
                    Some(chapter) => chapter.operations.push(operation),
                    None => chapters.push(Chapter {
                        name,
                        operations: vec![operation],
                    }),
                }
            }
        }
        let schemas = entries(&description["components"]["schemas"]);
        Self {
            title: text(&info["title"]),
            version: text(&info["version"]),
            about: text(&info["description"]),
            chapters,
            schemas: schemas
                .map(|(name, schema)| Schema::of(name, schema))
                .collect(),
        }
    }
}

impl<'a> Operation<'a> {
    fn of(method: &str, path: &'a str, operation: &'a Value) -> Self {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let content =
            |value: &'a Value| schema_name(&value["content"]["application/json"]["schema"]);
        Self {
            id: text(&operation["operationId"]),
            method: method.to_uppercase(),
            path,
            summary: text(&operation["summary"]),
            needs: text(&operation["description"]),
            parameters: parameters.clone().map(parameter).collect(),
            body: content(&operation["requestBody"]),
            answer: entries(&operation["responses"])
                .find(|(status, _)| status.starts_with('2'))
                .and_then(|(_, answer)| content(answer)),
            example: (method == "get" && operation["x-permission"].is_null())
                .then(|| example(path, parameters))
                .flatten(),
        }
    }
}

fn parameter(value: &Value) -> Field<'_> {
    Field {
        name: text(&value["name"]),
        place: text(&value["in"]),
        kind: Kind::of(&value["schema"]),
        required: value["required"] == true,
        about: text(&value["description"]),
    }
}

/// `path` with the examples of what it requires; `None` where one is missing.
fn example<'a>(path: &str, parameters: impl Iterator<Item = &'a Value>) -> Option<String> {
    let mut address = path.to_owned();
    let mut separator = '?';
    for parameter in parameters {
        let given = match (&parameter["example"], &parameter["schema"]["example"]) {
            (Value::Null, given) | (given, _) => given,
        };
        let (name, in_path) = (text(&parameter["name"]), parameter["in"] == "path");
        match given.as_str() {
            Some(given) if in_path => {
                address = address.replace(&format!("{{{name}}}"), &percent_encoded(given));
            }
            Some(given) => {
                let _ = write!(address, "{separator}{name}={}", percent_encoded(given));
                separator = '&';
            }
            None if parameter["required"] == true => return None,
            None => {}
        }
    }
    Some(address)
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

impl<'a> Kind<'a> {
    fn of(schema: &'a Value) -> Self {
        if let Some(name) = schema_name(schema) {
            return Self {
                text: String::new(),
                schema: Some(name),
            };
        }
        let alternatives = ["oneOf", "allOf", "anyOf"].map(|key| schema[key].as_array());
        let mut alternatives = alternatives.into_iter().flatten().flatten();
        if let Some(first) = alternatives.find(|schema| schema["type"] != "null") {
            return Self::of(first);
        }
        let item = Some(&schema["items"]).filter(|items| items.is_object());
        if let Some(item) = item.map(Self::of) {
            let text = if item.schema.is_some() {
                "list of ".to_owned()
            } else {
                format!("list of {}", item.text)
            };
            return Self {
                text: text + &bounds(schema),
                ..item
            };
        }
        let names = match &schema["type"] {
            Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
            name => vec![name.as_str().unwrap_or("any")],
        };
        let names: Vec<_> = names.into_iter().filter(|&name| name != "null").collect();
        Self {
            text: names.join(" or ") + &bounds(schema),
            schema: None,
        }
    }
}

/// The bounds of a value in words: `, 1 to 100, default 10`.
fn bounds(schema: &Value) -> String {
    let span = |low: &str, high: &str, unit: &str| match (&schema[low], &schema[high]) {
        (Value::Null, Value::Null) => String::new(),
        (low, Value::Null) => format!(", at least {low}{unit}"),
        (Value::Null, high) => format!(", at most {high}{unit}"),
        (low, high) => format!(", {low} to {high}{unit}"),
    };
    let default = match &schema["default"] {
        Value::Null => String::new(),
        default => format!(", default {default}"),
    };
    span("minimum", "maximum", "")
        + &span("minLength", "maxLength", " characters")
        + &span("minItems", "maxItems", " items")
        + &default
}

impl<'a> Schema<'a> {
    fn of(name: &'a str, schema: &'a Value) -> Self {
        let required = schema["required"].as_array();
        let is_required =
            |name: &str| required.is_some_and(|names| names.iter().any(|known| known == name));
        let fields = entries(&schema["properties"]).map(|(name, property)| Field {
            name,
            place: "",
            kind: Kind::of(property),
            required: is_required(name),
            about: text(&property["description"]),
        });
        Self {
            name,
            about: text(&schema["description"]),
            fields: fields.collect(),
            choices: choices(schema),
        }
    }
}

/// The values of an enumeration, whether listed at once or one by one with what each means.
fn choices(schema: &Value) -> Vec<Choice<'_>> {
    let listed = schema["enum"].as_array().into_iter().flatten();
    let listed = listed.filter_map(|value| {
        Some(Choice {
            value: value.as_str()?,
            about: "",
        })
    });
    let told = schema["oneOf"].as_array().into_iter().flatten();
    let told = told.filter_map(|choice| {
        let value = choice["const"]
            .as_str()
            .or_else(|| choice["enum"][0].as_str())?;
        Some(Choice {
            value,
            about: text(&choice["description"]),
        })
    });
    listed.chain(told).collect()
}

fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let object: Option<&Map<_, _>> = value.as_object();
    let entries = object.into_iter().flatten();
    entries.map(|(key, value)| (key.as_str(), value))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn schema_name(schema: &Value) -> Option<&str> {
    schema["$ref"]
        .as_str()?
        .strip_prefix("#/components/schemas/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn description() -> Value {
        json!({
            "info": {"title": "t<", "version": "1", "description": "about"},
            "paths": {
                "/search": {"get": {
                    "operationId": "search", "summary": "Finds.", "tags": ["search"],
                    "parameters": [
                        {"name": "q", "in": "query", "required": true, "example": "heart attack & co",
                         "schema": {"type": "string", "minLength": 1, "maxLength": 256}},
                        {"name": "limit", "in": "query",
                         "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 10}},
                    ],
                    "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}}}},
                }},
                "/bare": {"get": {
                    "operationId": "bare",
                    "parameters": [{"name": "q", "in": "query", "required": true, "schema": {"type": "string"}}],
                    "responses": {},
                }},
                "/codes/{code}": {"get": {
                    "operationId": "code",
                    "description": "Needs the permission `codes.read`: Reads codes.", "x-permission": "codes.read",
                    "parameters": [{"name": "code", "in": "path", "required": true, "example": "a", "schema": {"type": "string"}}],
                    "responses": {"201": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}}}},
                }},
            },
            "components": {"schemas": {
                "Answer": {"type": "object", "required": ["hits"], "properties": {
                    "hits": {"type": "array", "items": {"$ref": "#/components/schemas/Hit"}},
                    "next": {"type": ["string", "null"], "description": "Next <page>."},
                }},
                "Kind": {"oneOf": [{"type": "string", "enum": ["code"], "description": "A code."}]},
            }},
        })
    }

    #[test]
    fn shows_operations_with_types_bounds_and_a_link_to_try() {
        let description = description();
        let html = DocsPage::of(&description).render().expect("it renders");
        for expected in [
            "t&#60;",
            "string, 1 to 256 characters",
            "integer, 1 to 100, default 10",
            "href=\"/search?q=heart%20attack%20%26%20co\"",
            "list of <a href=\"#schema-Hit\">Hit</a>",
            "Next &#60;page&#62;.",
            "A code.",
            "Needs the permission `codes.read`",
        ] {
            assert!(html.contains(expected), "{expected} not in {html}");
        }
    }

    #[test]
    fn nothing_is_offered_to_try_without_an_example_or_with_a_permission() {
        let description = description();
        let page = DocsPage::of(&description);
        let operations = page.chapters.iter().flat_map(|chapter| &chapter.operations);
        let tried: Vec<_> = operations.filter_map(|it| it.example.as_deref()).collect();
        assert_eq!(tried, ["/search?q=heart%20attack%20%26%20co"]);
    }
}
