//! Every event that services tell each other, in one list that people read.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use medcover_store::{CanonicalJson, EventExample, EventPayload};

/// An event that stands in the catalogue.
pub trait DescribedEvent: EventPayload {
    /// What it says, in a sentence.
    const SUMMARY: &'static str;

    /// A payload to show.
    fn example() -> Self;
}

/// A kind of event as the catalogue shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventType {
    /// The kind: `payment.completed`.
    pub kind: String,
    /// The latest schema of its payload.
    pub schema: u16,
    /// What it says, in a sentence.
    pub summary: &'static str,
    /// A payload.
    pub example: CanonicalJson,
}

/// The kinds of events of one or more services.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    types: BTreeMap<String, EventType>,
}

/// A document that does not say what the catalogue says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the catalogue of events is out of date; it has to hold this section:\n\n{expected}")]
pub struct Outdated {
    /// The first section that is missing or differs, as it has to be.
    pub expected: String,
}

impl EventType {
    /// The entry of the event `E`.
    pub fn of<E: DescribedEvent>() -> Self {
        Self {
            kind: E::KIND.to_owned(),
            schema: E::SCHEMA,
            summary: E::SUMMARY,
            example: CanonicalJson::of(&E::example())
                .expect("an example is a payload, and a payload has canonical JSON"),
        }
    }
}

impl Catalogue {
    /// A catalogue of nothing yet.
    pub const fn new() -> Self {
        Self {
            types: BTreeMap::new(),
        }
    }

    /// The catalogue of a service whose events are `examples`.
    pub fn of(examples: impl IntoIterator<Item = EventExample>) -> Self {
        let types = examples.into_iter().map(|event| EventType {
            kind: event.kind.to_owned(),
            schema: event.schema,
            summary: event.summary,
            example: event.payload,
        });
        types.fold(Self::new(), Self::with)
    }

    /// Adds the event `E`.
    #[must_use]
    pub fn event<E: DescribedEvent>(self) -> Self {
        self.with(EventType::of::<E>())
    }

    /// Adds an entry. Panics if the kind is there already: two events of one name are a defect that nobody should meet
    /// at run time.
    #[must_use]
    pub fn with(mut self, entry: EventType) -> Self {
        let kind = entry.kind.clone();
        let before = self.types.insert(kind.clone(), entry);
        assert!(before.is_none(), "event {kind} is described twice");
        self
    }

    /// Both catalogues in one.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        other.types.into_values().fold(self, Self::with)
    }

    /// The entries by name.
    pub fn types(&self) -> impl Iterator<Item = &EventType> {
        self.types.values()
    }

    /// The whole document, with nothing but this catalogue.
    pub fn document(&self) -> String {
        self.merged_into("")
    }

    /// `document` with the sections of this catalogue as they are now, in the order of their names. Sections of others stay
    /// as they are, so each service writes its own.
    pub fn merged_into(&self, document: &str) -> String {
        let own = self.sections();
        let mut sections: BTreeMap<&str, String> = document
            .lines()
            .filter_map(|line| line.strip_prefix("## "))
            .filter_map(|name| Some((name, section_of(document, &format!("## {name}"))?)))
            .collect();
        sections.extend(own);
        let mut text = String::from(
            "# Events\n\nGenerated from the registered event types; a test compares. Every event carries the envelope of \
             `medcover-store`\n(position, tenant, stream, version, id, kind, schema, times, actor, purpose, correlation, \
             causation, traceparent); below\nare the payloads. Names are `aggregate.past`; a subscription takes a name or a \
             pattern such as `payment.*`.\n",
        );
        for section in sections.values() {
            text.push('\n');
            text.push_str(section.trim_end());
            text.push('\n');
        }
        text
    }

    /// Whether `document` holds every section of this catalogue as it is now. Sections of others are left alone, so each
    /// service checks its own.
    pub fn check(&self, document: &str) -> Result<(), Outdated> {
        for (_, expected) in self.sections() {
            let heading = expected.lines().next().unwrap_or_default();
            let found = section_of(document, heading);
            if found.is_none_or(|found| found.trim_end() != expected.trim_end()) {
                return Err(Outdated { expected });
            }
        }
        Ok(())
    }

    /// A section for each aggregate: the part of the name before the dot.
    fn sections(&self) -> BTreeMap<&str, String> {
        let mut sections: BTreeMap<&str, String> = BTreeMap::new();
        for entry in self.types.values() {
            let aggregate = entry.kind.split('.').next().unwrap_or_default();
            let section = sections.entry(aggregate).or_insert_with(|| {
                format!(
                    "## {aggregate}\n\n| event | schema | says | example |\n|---|---|---|---|\n"
                )
            });
            writeln!(
                section,
                "| `{}` | {} | {} | `{}` |",
                entry.kind,
                entry.schema,
                entry.summary,
                entry.example.as_str().replace('|', "\\|")
            )
            .expect("a string takes all that is written to it");
        }
        sections
    }
}

/// The lines of `document` from the heading to the next one of its rank.
fn section_of(document: &str, heading: &str) -> Option<String> {
    let lines = document.lines().skip_while(|line| *line != heading);
    let mut lines = lines.peekable();
    let first = lines.next()?;
    let rest = lines.take_while(|line| !line.starts_with("## "));
    let mut section = String::new();
    for line in std::iter::once(first).chain(rest) {
        section.push_str(line);
        section.push('\n');
    }
    Some(section)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: &str) -> EventType {
        EventType {
            kind: kind.to_owned(),
            schema: 2,
            summary: "Something ended.",
            example: CanonicalJson::spell(r#"{"a":1}"#).expect("JSON"),
        }
    }

    fn catalogue() -> Catalogue {
        let kinds = ["payment.failed", "invoice.paid", "payment.completed"];
        kinds
            .map(entry)
            .into_iter()
            .fold(Catalogue::new(), Catalogue::with)
    }

    #[test]
    fn a_document_is_sorted_and_passes_its_own_check() {
        let text = catalogue().document();
        let rows: Vec<_> = text
            .lines()
            .filter(|line| line.starts_with("| `"))
            .collect();
        assert_eq!(
            rows,
            [
                "| `invoice.paid` | 2 | Something ended. | `{\"a\":1}` |",
                "| `payment.completed` | 2 | Something ended. | `{\"a\":1}` |",
                "| `payment.failed` | 2 | Something ended. | `{\"a\":1}` |",
            ]
        );
        assert_eq!(catalogue().check(&text), Ok(()));
    }

    #[test]
    fn a_document_keeps_the_sections_of_others() {
        let others = catalogue().document();
        let own = Catalogue::new().with(entry("claim.denied"));
        let merged = own.merged_into(&others);
        assert_eq!(own.check(&merged), Ok(()));
        assert_eq!(catalogue().check(&merged), Ok(()));
        assert!(merged.find("## claim") < merged.find("## invoice"));
        assert_eq!(own.merged_into(&merged), merged);
        assert_eq!(catalogue().merged_into(&merged), merged);
    }

    #[test]
    fn a_changed_or_missing_section_is_found_and_anothers_is_left_alone() {
        let text = catalogue().document();
        let changed = text.replace("| `payment.failed` | 2", "| `payment.failed` | 1");
        let fault = catalogue().check(&changed).expect_err("schema differs");
        assert!(fault.expected.starts_with("## payment\n"));
        let own = Catalogue::new().with(entry("invoice.paid"));
        assert_eq!(own.check(&changed), Ok(()));
        let new = Catalogue::new().with(entry("claim.denied"));
        assert!(new.check(&text).is_err());
    }

    #[test]
    #[should_panic(expected = "event claim.denied is described twice")]
    fn two_events_of_one_name_are_refused() {
        let one = Catalogue::new().with(entry("claim.denied"));
        let _ = one.clone().and(one);
    }
}
