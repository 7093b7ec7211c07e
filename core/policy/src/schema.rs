//! The form of the file, for editors and checks.

use serde_json::{Map, Value, json};
use utoipa::{PartialSchema as _, ToSchema as _};

use crate::document::Document;

/// The form of a policy as JSON Schema, draft 2020-12.
pub fn schema() -> Value {
    let mut all = vec![(Document::name().into_owned(), Document::schema())];
    Document::schemas(&mut all);
    let parts: Map<_, _> = all
        .into_iter()
        .map(|(name, schema)| {
            let schema = serde_json::to_value(schema).expect("a schema is JSON");
            (name, schema)
        })
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "medcover policy",
        "$ref": "#/components/schemas/Policy",
        "components": {"schemas": parts},
    })
}
