//! The closed lists of the contract: from the release's form to the contract's, and to the words on the wire.

use medcover_contract_terminology::{Level, MatchKind, NoteKind, Strategy, TermSource};
use medcover_terms::{search, source};

pub(crate) const fn level_of(level: source::Level) -> Level {
    match level {
        source::Level::Chapter => Level::Chapter,
        source::Level::Block => Level::Block,
        source::Level::Category => Level::Category,
        source::Level::Subcategory => Level::Subcategory,
        source::Level::Extended => Level::Extended,
    }
}

pub(crate) const fn note_kind_of(kind: source::NoteKind) -> NoteKind {
    match kind {
        source::NoteKind::Includes => NoteKind::Includes,
        source::NoteKind::Excludes1 => NoteKind::Excludes1,
        source::NoteKind::Excludes2 => NoteKind::Excludes2,
        source::NoteKind::CodeFirst => NoteKind::CodeFirst,
        source::NoteKind::UseAdditional => NoteKind::UseAdditional,
        source::NoteKind::CodeAlso => NoteKind::CodeAlso,
        source::NoteKind::Note => NoteKind::Note,
        source::NoteKind::SeventhCharacter => NoteKind::SeventhCharacter,
    }
}

pub(crate) const fn source_of(source: source::TermSource) -> TermSource {
    match source {
        source::TermSource::Title => TermSource::Title,
        source::TermSource::InclusionTerm => TermSource::InclusionTerm,
        source::TermSource::IndexEntry => TermSource::IndexEntry,
        source::TermSource::ShortTitle => TermSource::ShortTitle,
        source::TermSource::Designation => TermSource::Designation,
        source::TermSource::Includes => TermSource::Includes,
    }
}

pub(crate) const fn strategy(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Code => "code",
        Strategy::Term => "term",
        Strategy::Similarity => "similarity",
    }
}

pub(crate) const fn term_source(source: TermSource) -> &'static str {
    match source {
        TermSource::Code => "code",
        TermSource::Title => "title",
        TermSource::InclusionTerm => "inclusion-term",
        TermSource::IndexEntry => "index-entry",
        TermSource::ShortTitle => "short-title",
        TermSource::Designation => "designation",
        TermSource::Includes => "includes",
    }
}

pub(crate) const fn match_kind_of(kind: search::MatchKind) -> MatchKind {
    match kind {
        search::MatchKind::Code => MatchKind::Code,
        search::MatchKind::CodePrefix => MatchKind::CodePrefix,
        search::MatchKind::Exact => MatchKind::Exact,
        search::MatchKind::TermPrefix => MatchKind::TermPrefix,
        search::MatchKind::Words => MatchKind::Words,
        search::MatchKind::Synonym => MatchKind::Synonym,
        search::MatchKind::Similarity => MatchKind::Similarity,
        search::MatchKind::Default => MatchKind::Default,
    }
}

pub(crate) const fn match_kind(kind: MatchKind) -> &'static str {
    match kind {
        MatchKind::Code => "code",
        MatchKind::CodePrefix => "code-prefix",
        MatchKind::Exact => "exact",
        MatchKind::TermPrefix => "term-prefix",
        MatchKind::Words => "words",
        MatchKind::Synonym => "synonym",
        MatchKind::Similarity => "similarity",
        MatchKind::Default => "default",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use source::{Level as L, NoteKind as N};
    use {MatchKind as M, TermSource as T};

    #[test]
    fn the_words_are_those_that_serde_writes() {
        let same = |word: &str, value: serde_json::Value| assert_eq!(value, word);
        for it in [
            L::Chapter,
            L::Block,
            L::Category,
            L::Subcategory,
            L::Extended,
        ] {
            same(it.name(), json!(level_of(it)));
        }
        for it in [
            N::Includes,
            N::Excludes1,
            N::Excludes2,
            N::CodeFirst,
            N::UseAdditional,
            N::CodeAlso,
            N::Note,
            N::SeventhCharacter,
        ] {
            same(it.name(), json!(note_kind_of(it)));
        }
        for it in [
            source::TermSource::Title,
            source::TermSource::InclusionTerm,
            source::TermSource::IndexEntry,
            source::TermSource::ShortTitle,
            source::TermSource::Designation,
            source::TermSource::Includes,
        ] {
            same(it.name(), json!(source_of(it)));
        }
        for it in [
            T::Code,
            T::Title,
            T::InclusionTerm,
            T::IndexEntry,
            T::ShortTitle,
            T::Designation,
            T::Includes,
        ] {
            same(term_source(it), json!(it));
        }
        for it in [
            M::Code,
            M::CodePrefix,
            M::Exact,
            M::TermPrefix,
            M::Words,
            M::Synonym,
            M::Similarity,
            M::Default,
        ] {
            same(match_kind(it), json!(it));
        }
    }
}
