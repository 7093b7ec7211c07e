//! The details of a code.

use medcover_contract_terminology::LISTED_RELATIVES;
use medcover_terms::Concept;

use super::writer::JsonWriter;
use crate::app::surroundings::Surroundings;

/// Room for the details of nearly every code.
const BYTES: usize = 8 << 10;

/// What is around a code, as `CodeDetails`.
pub(crate) fn details(around: &Surroundings<'_>) -> Vec<u8> {
    let mut json = JsonWriter::with_capacity(BYTES);
    head(&mut json, around);
    place(&mut json, around);
    json.raw(",\"terms\":");
    json.pieces([around.concept.terms_json()]);
    json.raw(",\"notes\":");
    json.pieces(around.nearest_first().map(Concept::notes_json));
    seventh_characters(&mut json, around);
    if let Some(default) = around.concept.default() {
        json.raw(",\"default_code\":");
        json.raw(default.reference_json());
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
    json.raw(concept.level().name());
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
        json.raw(block.reference_json());
    }
    json.raw(",\"ancestors\":");
    json.pieces(around.ancestors().map(Concept::reference_json));
    json.raw(",\"children\":");
    json.pieces([around.concept.children_json(LISTED_RELATIVES)]);
    json.raw(",\"children_total\":");
    json.number(around.concept.children().len() as u64);
    json.raw(",\"siblings\":");
    json.pieces(around.concept.siblings_json(LISTED_RELATIVES));
    json.raw(",\"siblings_total\":");
    json.number(around.concept.sibling_count() as u64);
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
