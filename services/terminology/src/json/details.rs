//! The details of a code.

use medcover_contract_terminology::{LISTED_RELATIVES, Level};
use medcover_terms::Concept;

use super::writer::JsonWriter;
use crate::app::surroundings::Surroundings;
use crate::app::words;

/// Room for the details of nearly every code.
const BYTES: usize = 6 << 10;

/// What is around a code, as `CodeDetails`.
pub(crate) fn details(around: &Surroundings<'_>) -> Vec<u8> {
    let mut json = JsonWriter::with_capacity(BYTES);
    head(&mut json, around);
    place(&mut json, around);
    json.raw(",\"terms\":");
    json.list(around.concept.terms(), |json, (text, source)| {
        json.raw("{\"text\":\"");
        json.escaped(text);
        json.raw("\",\"source\":\"");
        json.raw(words::term_source(words::source_of(source)));
        json.raw("\"}");
    });
    notes(&mut json, around);
    seventh_characters(&mut json, around);
    if let Some(default) = around.concept.default() {
        json.raw(",\"default_code\":");
        code_ref(&mut json, &default);
    }
    json.raw("}");
    json.finish()
}

fn head(json: &mut JsonWriter, around: &Surroundings<'_>) {
    let concept = &around.concept;
    json.raw("{\"system\":\"");
    json.escaped(around.release.system());
    json.raw("\",\"release\":\"");
    json.escaped(around.release.label());
    json.raw("\",\"code\":\"");
    json.escaped(concept.code_bytes());
    json.raw("\",\"title\":");
    json.string(concept.title_bytes());
    if let Some(short) = concept.short_title() {
        json.raw(",\"short_title\":");
        json.string(short);
    }
    json.raw(",\"level\":\"");
    json.raw(words::level(words::level_of(concept.level())));
    json.raw("\",\"billable\":");
    json.boolean(concept.billable());
    json.raw(",\"active\":");
    json.boolean(concept.active());
}

fn place(json: &mut JsonWriter, around: &Surroundings<'_>) {
    if let Some(chapter) = around.chapter() {
        json.raw(",\"chapter\":{\"number\":");
        json.number(u64::from(chapter.chapter()));
        json.raw(",\"title\":\"");
        json.escaped(chapter.title_bytes());
        json.raw("\"}");
    }
    if let Some(block) = around.block() {
        json.raw(",\"block\":");
        code_ref(json, block);
    }
    json.raw(",\"ancestors\":");
    json.list(around.ancestors(), code_ref);
    let children = around.concept.children();
    let children_total = children.len();
    json.raw(",\"children\":");
    json.list(children.take(LISTED_RELATIVES), |json, it| {
        code_ref(json, &it);
    });
    json.raw(",\"children_total\":");
    json.number(children_total as u64);
    let (siblings_total, siblings) = around.release.siblings(around.concept);
    json.raw(",\"siblings\":");
    json.list(siblings.take(LISTED_RELATIVES), |json, it| {
        code_ref(json, &it);
    });
    json.raw(",\"siblings_total\":");
    json.number(siblings_total as u64);
}

fn code_ref(json: &mut JsonWriter, concept: &Concept<'_>) {
    json.raw("{\"code\":\"");
    json.escaped(concept.code_bytes());
    json.raw("\",\"title\":\"");
    json.escaped(concept.title_bytes());
    json.raw(place_of(concept));
    json.raw("}");
}

/// The end of a title, and all that follows it in a [`CodeRef`](medcover_contract_terminology::CodeRef): one of ten
/// texts, so that it is copied in one piece.
fn place_of(concept: &Concept<'_>) -> &'static str {
    match (words::level_of(concept.level()), concept.billable()) {
        (Level::Chapter, false) => r#"","level":"chapter","billable":false"#,
        (Level::Block, false) => r#"","level":"block","billable":false"#,
        (Level::Category, false) => r#"","level":"category","billable":false"#,
        (Level::Subcategory, false) => r#"","level":"subcategory","billable":false"#,
        (Level::Extended, false) => r#"","level":"extended","billable":false"#,
        (Level::Chapter, true) => r#"","level":"chapter","billable":true"#,
        (Level::Block, true) => r#"","level":"block","billable":true"#,
        (Level::Category, true) => r#"","level":"category","billable":true"#,
        (Level::Subcategory, true) => r#"","level":"subcategory","billable":true"#,
        (Level::Extended, true) => r#"","level":"extended","billable":true"#,
    }
}

fn notes(json: &mut JsonWriter, around: &Surroundings<'_>) {
    json.raw(",\"notes\":");
    json.list(around.notes(), |json, (at, note)| {
        json.raw("{\"kind\":\"");
        json.raw(words::note_kind(words::note_kind_of(note.kind())));
        json.raw("\",\"at\":\"");
        json.escaped(at.code_bytes());
        json.raw("\",\"text\":");
        json.string(note.text_bytes());
        let mut references = note.references().peekable();
        if references.peek().is_some() {
            json.raw(",\"references\":");
            json.list(references, |json, it| {
                json.raw("{\"first\":\"");
                json.escaped(it.first);
                json.raw("\",\"last\":\"");
                json.escaped(it.last);
                json.raw("\",\"start\":");
                json.number(u64::from(it.start));
                json.raw(",\"end\":");
                json.number(u64::from(it.end));
                json.raw("}");
            });
        }
        json.raw("}");
    });
}

fn seventh_characters(json: &mut JsonWriter, around: &Surroundings<'_>) {
    let Some((at, characters)) = around.concept.seventh_characters() else {
        return;
    };
    json.raw(",\"seventh_characters\":{\"at\":\"");
    json.escaped(at.code_bytes());
    json.raw("\",\"characters\":");
    json.list(characters, |json, (character, meaning)| {
        json.raw("{\"character\":\"");
        json.escaped(character.encode_utf8(&mut [0; 4]));
        json.raw("\",\"meaning\":");
        json.string(meaning);
        if let Some(completed) = around.completed(character) {
            json.raw(",\"code\":");
            json.string(completed.code_bytes());
        }
        json.raw("}");
    });
    json.raw("}");
}
