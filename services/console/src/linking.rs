//! Notes whose references become links.

use medcover_contract_terminology::{Note, Reference};

/// A stretch of a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) text: String,
    /// The code that it names.
    pub(crate) code: Option<String>,
}

/// The text of `note` in stretches. Both ends of a span are links of their own. A reference that does not lie within the
/// text, or before the end of another, stays plain text: a page never fails for a note.
pub(crate) fn link(note: &Note) -> Vec<Piece> {
    let text = note.text.as_str();
    let mut references: Vec<&Reference> = note.references.iter().collect();
    references.sort_by_key(|reference| reference.start);
    let mut pieces = Vec::new();
    let mut from = 0;
    for reference in references {
        let (start, end) = (reference.start as usize, reference.end as usize);
        let Some(named) = text.get(start..end).filter(|named| !named.is_empty()) else {
            continue;
        };
        if start < from {
            continue;
        }
        push(&mut pieces, &text[from..start], None);
        span(&mut pieces, named, reference);
        from = end;
    }
    push(&mut pieces, &text[from..], None);
    pieces
}

fn span(pieces: &mut Vec<Piece>, named: &str, reference: &Reference) {
    let ends = named.split_once('-').filter(|(first, last)| {
        reference.first != reference.last && !first.is_empty() && !last.is_empty()
    });
    let Some((first, last)) = ends else {
        return push(pieces, named, Some(&reference.first));
    };
    push(pieces, first, Some(&reference.first));
    push(pieces, "-", None);
    push(pieces, last, Some(&reference.last));
}

fn push(pieces: &mut Vec<Piece>, text: &str, code: Option<&str>) {
    if !text.is_empty() {
        pieces.push(Piece {
            text: text.to_owned(),
            code: code.map(ToOwned::to_owned),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use medcover_contract_terminology::NoteKind;

    fn note(text: &str, references: &[(&str, &str, &str)]) -> Note {
        let place = |(named, first, last): &(&str, &str, &str)| {
            let start = text.find(named).expect("stands in the text");
            Reference {
                first: (*first).to_owned(),
                last: (*last).to_owned(),
                start: start as u32,
                end: (start + named.len()) as u32,
            }
        };
        Note {
            kind: NoteKind::Excludes1,
            at: "I21".to_owned(),
            text: text.to_owned(),
            references: references.iter().map(place).collect(),
        }
    }

    fn linked(note: &Note) -> String {
        let show = |piece: Piece| match piece.code {
            Some(code) => format!("[{}→{code}]", piece.text),
            None => piece.text,
        };
        link(note).into_iter().map(show).collect()
    }

    #[test]
    fn links_stand_in_the_right_place_behind_letters_of_several_bytes() {
        let note = note(
            "Ménière’s disease (H81.0-), œdema (R60.-)",
            &[("H81.0-", "H81.0", "H81.0"), ("R60.-", "R60", "R60")],
        );
        assert_eq!(
            linked(&note),
            "Ménière’s disease ([H81.0-→H81.0]), œdema ([R60.-→R60])"
        );
    }

    #[test]
    fn both_ends_of_a_span_are_links() {
        let note = note("pregnancy (O00-O9A)", &[("O00-O9A", "O00", "O9A")]);
        assert_eq!(linked(&note), "pregnancy ([O00→O00]-[O9A→O9A])");
    }

    #[test]
    fn references_outside_the_text_or_across_another_stay_plain() {
        let mut note = note("é (I25.2) and I25", &[("I25.2", "I25.2", "I25.2")]);
        for (start, end) in [(1, 3), (5, 9_000), (9, 7), (6, 8)] {
            note.references.push(Reference {
                first: "X".to_owned(),
                last: "X".to_owned(),
                start,
                end,
            });
        }
        assert_eq!(linked(&note), "é ([I25.2→I25.2]) and I25");
    }
}
