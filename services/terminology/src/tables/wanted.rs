//! What is asked for when the tables have to answer.

use medcover_contract_terminology::{AdvancedRequest, MAX_QUERY_CHARS, SearchRequest};

/// What a part of a release is to answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted<'a> {
    /// What this search shows.
    Search(Search<'a>),
    /// All that is known of this code.
    Code(&'a str),
    /// These codes in short.
    Codes(&'a [String]),
}

/// A search, as typed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Search<'a> {
    pub(super) text: &'a str,
    pub(super) chapter: Option<&'a str>,
    pub(super) billable: Option<bool>,
}

impl<'a> Wanted<'a> {
    /// A search without filters.
    pub(crate) fn text(text: &'a str) -> Self {
        Self::filtered(text, None, None)
    }

    pub(crate) fn of_search(request: &'a SearchRequest) -> Self {
        Self::filtered(&request.q, request.chapter.as_deref(), None)
    }

    pub(crate) fn of_advanced(request: &'a AdvancedRequest) -> Self {
        let chapter = request.chapter_filter.as_deref();
        Self::filtered(&request.query, chapter, request.billable)
    }

    fn filtered(text: &'a str, chapter: Option<&'a str>, billable: Option<bool>) -> Self {
        // What is longer is refused by whoever searches; until then it costs nothing.
        let end = text.char_indices().nth(MAX_QUERY_CHARS);
        let text = &text[..end.map_or(text.len(), |(at, _)| at)];
        Self::Search(Search {
            text,
            chapter,
            billable,
        })
    }
}
