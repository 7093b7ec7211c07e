//! What the contract's words are called on a page.

use medcover_contract_terminology::{
    CodeRef, Level, Match, MatchKind, NoteKind, Separation, Strategy, TermSource,
};

/// How a code is called in a list: chapters have bare numbers for codes.
pub(crate) fn label(item: &CodeRef) -> String {
    place(&item.code, item.level)
}

pub(crate) fn place(code: &str, level: Level) -> String {
    match level {
        Level::Chapter => format!("Chapter {code}"),
        _ => code.to_owned(),
    }
}

/// A chapter's title without the range that stands behind it in parentheses, and that range; empty if there is none.
pub(crate) fn title_and_range(title: &str) -> (&str, &str) {
    let range = title
        .strip_suffix(')')
        .and_then(|title| title.rsplit_once(" ("));
    range.unwrap_or((title, ""))
}

pub(crate) const fn level(level: Level) -> &'static str {
    match level {
        Level::Chapter => "chapter",
        Level::Block => "block",
        Level::Category => "category",
        Level::Subcategory => "subcategory",
        Level::Extended => "code with 7th character",
    }
}

/// Why a hit is here, up to the term that it names.
pub(crate) fn reason(matched: &Match) -> String {
    let source = source(matched.source);
    match matched.kind {
        MatchKind::Code => "the code itself".to_owned(),
        MatchKind::CodePrefix => "begins as typed".to_owned(),
        MatchKind::Exact => format!("the {source} itself"),
        MatchKind::TermPrefix => format!("beginning of the {source}"),
        MatchKind::Words => format!("words of the {source}"),
        MatchKind::Synonym => format!("synonym for words of the {source}"),
        MatchKind::Similarity => format!("similar spelling in the {source}"),
        MatchKind::Default => format!("default code, by the {source}"),
    }
}

/// Whether the reason is told by a term rather than by the code.
pub(crate) const fn names_term(kind: MatchKind) -> bool {
    !matches!(kind, MatchKind::Code | MatchKind::CodePrefix)
}

pub(crate) fn edits(edits: u8) -> Option<String> {
    match edits {
        0 => None,
        1 => Some("1 letter differs".to_owned()),
        more => Some(format!("{more} letters differ")),
    }
}

pub(crate) const fn source(source: TermSource) -> &'static str {
    match source {
        TermSource::Code => "code",
        TermSource::Title => "title",
        TermSource::InclusionTerm => "inclusion term",
        TermSource::IndexEntry => "index entry",
        TermSource::ShortTitle => "short title",
        TermSource::Designation => "designation",
        TermSource::Includes => "includes note",
    }
}

pub(crate) const fn strategy(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Code => "codes",
        Strategy::Term => "words",
        Strategy::Similarity => "misspelt words",
    }
}

/// Kinds of notes in the order in which a coder needs them, each with its heading and what it asks for.
pub(crate) const NOTES: [(NoteKind, &str, &str); 8] = [
    (NoteKind::Includes, "Includes", "also covered here"),
    (
        NoteKind::CodeFirst,
        "Code first",
        "the underlying condition goes before this code",
    ),
    (
        NoteKind::UseAdditional,
        "Use additional code",
        "add it, after this code, to say more",
    ),
    (
        NoteKind::CodeAlso,
        "Code also",
        "both may be needed, in either order",
    ),
    (
        NoteKind::Excludes1,
        "Excludes1",
        "never together with this code",
    ),
    (
        NoteKind::Excludes2,
        "Excludes2",
        "not part of this; both may be coded",
    ),
    (
        NoteKind::SeventhCharacter,
        "7th character",
        "how it is chosen",
    ),
    (NoteKind::Note, "Notes", ""),
];

/// Whether the symptoms tell the candidates apart.
pub(crate) const fn separation(separation: Separation) -> (&'static str, &'static str) {
    match separation {
        Separation::Clear => ("clear", "The first candidate is clearly ahead."),
        Separation::Weak => ("weak", "The first candidate is ahead, but not by much."),
        Separation::None => (
            "none",
            "These symptoms do not tell the first candidates apart.",
        ),
        Separation::Empty => ("empty", "Nothing was found for these symptoms."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_told_from_titles() {
        assert_eq!(
            title_and_range("Neoplasms (C00-D49)"),
            ("Neoplasms", "C00-D49")
        );
        assert_eq!(title_and_range("Neoplasms"), ("Neoplasms", ""));
    }
}
