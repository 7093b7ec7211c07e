//! A FHIR `CodeSystem` resource, R4 or R5, as JSON.
//!
//! Concepts nest in the resource, name their parent by the property `parent`, or both. The properties `inactive`,
//! `status` and `notSelectable` are understood; of several parents the first one is taken.

use std::collections::HashMap;

use medcover_terms::source::{Level, Source, SourceConcept, SourceTerm, TermSource};
use serde::Deserialize;

use super::error::{Fault, LoadError, utf8};
use super::hierarchy;
use super::report::Warning;

/// Most concepts of a resource.
const MAX_CONCEPTS: usize = 2_000_000;
/// Values of the property `status` under which a concept is no longer in use.
const RETIRED: &[&str] = &["retired", "deprecated", "inactive", "withdrawn"];

#[derive(Deserialize)]
struct Resource {
    #[serde(rename = "resourceType")]
    kind: String,
    url: Option<String>,
    version: Option<String>,
    name: Option<String>,
    title: Option<String>,
    date: Option<String>,
    content: Option<String>,
    #[serde(default)]
    concept: Vec<Concept>,
}

#[derive(Deserialize)]
struct Concept {
    code: String,
    display: Option<String>,
    #[serde(default)]
    designation: Vec<Designation>,
    #[serde(default)]
    property: Vec<Property>,
    #[serde(default, rename = "concept")]
    below: Vec<Concept>,
}

#[derive(Deserialize)]
struct Designation {
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Property {
    code: String,
    value_code: Option<String>,
    value_string: Option<String>,
    value_boolean: Option<bool>,
}

impl Property {
    fn text(&self) -> Option<&str> {
        self.value_code.as_deref().or(self.value_string.as_deref())
    }

    fn is_true(&self) -> bool {
        self.value_boolean == Some(true) || self.text() == Some("true")
    }
}

/// Whether `bytes` look like JSON.
pub(super) fn is_json(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.trim_ascii_start().starts_with(b"{")
}

/// Reads the resource as the system called `system`.
pub(super) fn read(system: &str, file: &str, bytes: &[u8]) -> Result<(Source, Warning), LoadError> {
    let text = utf8(file, bytes)?;
    let resource: Resource = serde_json::from_str(text).map_err(|error| {
        let reason = format!("not a CodeSystem resource: {error}");
        LoadError::at_line(file, error.line(), reason).in_column(error.column())
    })?;
    let refuse = |reason: String| LoadError::new(Fault::Content, file, reason);
    if resource.kind != "CodeSystem" {
        let reason = format!("the resource is a `{}`, not a `CodeSystem`", resource.kind);
        return Err(refuse(reason));
    }
    if let Some(content @ ("not-present" | "supplement")) = resource.content.as_deref() {
        return Err(refuse(format!(
            "the resource carries no codes of its own (content `{content}`)"
        )));
    }
    let Some(uri) = resource.url else {
        return Err(refuse("the resource has no `url`".into()));
    };
    let mut flat = Flat::new();
    flat.add(resource.concept, None).map_err(refuse)?;
    let (concepts, warning) = flat.finish().map_err(refuse)?;
    let date = resource.date.map(|date| date.chars().take(10).collect());
    let source = Source {
        system: system.to_owned(),
        title: resource
            .title
            .or(resource.name)
            .unwrap_or_else(|| system.to_owned()),
        uri,
        version: resource
            .version
            .or(date)
            .unwrap_or_else(|| "unversioned".into()),
        valid_from: None,
        dotted: false,
        concepts,
    };
    Ok((source, warning))
}

/// The concepts in one list, with the parents they name by code.
struct Flat {
    concepts: Vec<SourceConcept>,
    named_parents: Vec<Option<String>>,
    places: HashMap<String, usize>,
    many_parents: Warning,
}

impl Flat {
    fn new() -> Self {
        Self {
            concepts: Vec::new(),
            named_parents: Vec::new(),
            places: HashMap::new(),
            many_parents: Warning::new(
                "concepts with several parents, of which the first is taken",
            ),
        }
    }

    fn add(&mut self, concepts: Vec<Concept>, parent: Option<usize>) -> Result<(), String> {
        for concept in concepts {
            let place = self.concepts.len();
            if place == MAX_CONCEPTS {
                return Err(format!(
                    "the resource has more than {MAX_CONCEPTS} concepts"
                ));
            }
            if concept.code.trim().is_empty() {
                return Err("a concept has an empty code".into());
            }
            if self
                .places
                .insert(concept.code.to_lowercase(), place)
                .is_some()
            {
                return Err(format!("{} is listed twice", concept.code));
            }
            let below = self.push(concept, parent);
            self.add(below, Some(place))?;
        }
        Ok(())
    }

    /// Takes a concept over and returns those nested in it.
    fn push(&mut self, concept: Concept, parent: Option<usize>) -> Vec<Concept> {
        let has = |name: &str| {
            concept
                .property
                .iter()
                .any(|it| it.code == name && it.is_true())
        };
        let retired = concept.property.iter().any(|it| {
            it.code == "status" && it.text().is_some_and(|status| RETIRED.contains(&status))
        });
        let mut parents = concept.property.iter().filter(|it| it.code == "parent");
        let named_parent = parents.next().and_then(Property::text).map(str::to_owned);
        if parents.next().is_some() {
            self.many_parents.add(concept.code.as_str());
        }
        self.concepts.push(SourceConcept {
            level: Level::Subcategory,
            parent: parent.map(|parent| parent as u32),
            title: concept.display.unwrap_or_else(|| concept.code.clone()),
            billable: !has("notSelectable"),
            active: !has("inactive") && !retired,
            code: concept.code,
            terms: concept
                .designation
                .into_iter()
                .map(|it| SourceTerm {
                    text: it.value,
                    source: TermSource::Designation,
                })
                .collect(),
            ..SourceConcept::default()
        });
        self.named_parents
            .push(named_parent.filter(|_| parent.is_none()));
        concept.below
    }

    fn finish(mut self) -> Result<(Vec<SourceConcept>, Warning), String> {
        if self.concepts.is_empty() {
            return Err("the resource has no concept".into());
        }
        for (place, parent) in self.named_parents.into_iter().enumerate() {
            let Some(parent) = parent else { continue };
            let Some(&above) = self.places.get(&parent.to_lowercase()) else {
                let code = &self.concepts[place].code;
                return Err(format!(
                    "{code} names the parent `{parent}`, which is not listed"
                ));
            };
            self.concepts[place].parent = Some(above as u32);
        }
        let concepts = hierarchy::order(self.concepts, true)
            .map_err(|code| format!("{code} is its own ancestor"))?;
        Ok((concepts, self.many_parents))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(concepts: &str) -> String {
        format!(
            r#"{{"resourceType":"CodeSystem","url":"http://example.org/cs","version":"2","title":"Example",
                "content":"complete","concept":[{concepts}]}}"#
        )
    }

    fn load(concepts: &str) -> Result<Source, LoadError> {
        read("example", "cs.json", resource(concepts).as_bytes()).map(|(source, _)| source)
    }

    #[test]
    fn reads_nested_concepts_and_parents_by_name() {
        let source = load(
            r#"{"code":"a1","display":"One","property":[{"code":"parent","valueCode":"a"}]},
               {"code":"a","display":"Alpha","designation":[{"value":"First letter"}],
                "concept":[{"code":"a2","display":"Two"}]}"#,
        )
        .unwrap();
        let listed: Vec<_> = source
            .concepts
            .iter()
            .map(|it| (&*it.code, it.parent))
            .collect();
        assert_eq!(listed, [("a", None), ("a1", Some(0)), ("a2", Some(0))]);
        assert_eq!(source.concepts[0].terms[0].text, "First letter");
        assert_eq!(
            (&*source.uri, &*source.version),
            ("http://example.org/cs", "2")
        );
    }

    #[test]
    fn reads_what_is_retired_and_what_cannot_be_selected() {
        let source = load(
            r#"{"code":"a","property":[{"code":"notSelectable","valueBoolean":true}]},
               {"code":"b","property":[{"code":"status","valueCode":"retired"}]},
               {"code":"c","property":[{"code":"inactive","valueBoolean":true}]}"#,
        )
        .unwrap();
        let flags: Vec<_> = source
            .concepts
            .iter()
            .map(|it| (it.billable, it.active))
            .collect();
        assert_eq!(flags, [(false, true), (true, false), (true, false)]);
        assert_eq!(source.concepts[0].title, "a");
    }

    #[test]
    fn refuses_what_is_no_code_system_and_says_why() {
        for (concepts, reason) in [
            ("", "no concept"),
            (r#"{"code":"a"},{"code":"A"}"#, "listed twice"),
            (r#"{"code":" "}"#, "empty code"),
            (
                r#"{"code":"a","property":[{"code":"parent","valueCode":"z"}]}"#,
                "not listed",
            ),
            (
                r#"{"code":"a","property":[{"code":"parent","valueCode":"b"}]},
                   {"code":"b","property":[{"code":"parent","valueCode":"a"}]}"#,
                "its own ancestor",
            ),
        ] {
            let error = load(concepts).unwrap_err();
            assert!(error.reason.contains(reason), "{error}");
        }
        let other = read("x", "x.json", br#"{"resourceType":"Patient"}"#).unwrap_err();
        assert!(other.reason.contains("`Patient`"));
        let cut = read("x", "x.json", b"{\n\"resourceType\":").unwrap_err();
        assert_eq!(cut.line, Some(2));
    }

    #[test]
    fn refuses_endless_nesting() {
        let deep = r#"{"code":"a","concept":["#.repeat(100_000);
        assert!(read("x", "x.json", resource(&deep).as_bytes()).is_err());
    }
}
