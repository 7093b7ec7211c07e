//! Pieces of JSON written ahead: a concept as others refer to it, its designations, its notes. Answers about a code are
//! put together from some forty of them, and nothing has to be escaped while somebody waits.

use crate::format::Span;
use crate::json::escape;
use crate::source::{SourceConcept, SourceNote, TermSource};

/// The pieces, one after the other.
#[derive(Default)]
pub(super) struct Pieces {
    pub(super) bytes: Vec<u8>,
}

impl Pieces {
    /// The concept as others refer to it, and a comma: pieces of neighbours make a list as they stand.
    pub(super) fn reference(&mut self, concept: &SourceConcept) -> Span {
        self.piece(|json| {
            json.field("{\"code\":\"", &concept.code);
            json.field("\",\"title\":\"", &concept.title);
            json.raw("\",\"level\":\"");
            json.raw(concept.level.name());
            json.raw(if concept.billable {
                "\",\"billable\":true}"
            } else {
                "\",\"billable\":false}"
            });
        })
    }

    /// Designations beside the title.
    pub(super) fn terms<'t>(&mut self, terms: impl Iterator<Item = (&'t str, TermSource)>) -> Span {
        self.list(terms, |json, (text, source)| {
            json.field("{\"text\":\"", text);
            json.raw("\",\"source\":\"");
            json.raw(source.name());
            json.raw("\"}");
        })
    }

    /// The notes that stand on the concept.
    pub(super) fn notes(&mut self, concept: &SourceConcept) -> Span {
        self.list(concept.notes.iter(), |json, note| {
            json.raw("{\"kind\":\"");
            json.raw(note.kind.name());
            json.field("\",\"at\":\"", &concept.code);
            json.field("\",\"text\":\"", &note.text);
            json.raw("\"");
            json.references(note);
            json.raw("}");
        })
    }

    fn references(&mut self, note: &SourceNote) {
        for (number, it) in note.references.iter().enumerate() {
            self.raw(if number == 0 {
                ",\"references\":["
            } else {
                ","
            });
            self.field("{\"first\":\"", &it.first);
            self.field("\",\"last\":\"", &it.last);
            self.raw(&format!("\",\"start\":{},\"end\":{}}}", it.start, it.end));
        }
        if !note.references.is_empty() {
            self.raw("]");
        }
    }

    fn list<T>(&mut self, items: impl Iterator<Item = T>, item: impl Fn(&mut Self, T)) -> Span {
        self.piece(|json| {
            for (number, it) in items.enumerate() {
                json.raw(if number == 0 { "" } else { "," });
                item(json, it);
            }
        })
    }

    fn piece(&mut self, write: impl FnOnce(&mut Self)) -> Span {
        let start = self.bytes.len();
        write(self);
        let len = self.bytes.len() - start;
        self.bytes.push(b',');
        Span {
            start: start as u32,
            len: len as u32,
        }
    }

    fn raw(&mut self, json: &str) {
        self.bytes.extend_from_slice(json.as_bytes());
    }

    fn field(&mut self, before: &str, text: &str) {
        self.raw(before);
        escape(text.as_bytes(), &mut self.bytes);
    }
}
