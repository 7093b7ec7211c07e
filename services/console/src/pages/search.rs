//! Search, as a page and as the list of results alone.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use medcover_contract_terminology::{
    AdvancedRequest, ChapterStatistics, Hit, SearchAnswer, SearchRequest,
};
use medcover_http::{InCall, Query};
use medcover_kernel::{Call, Error, ErrorKind};
use serde::Deserialize;

use super::{Section, Shell};
use crate::answer::{self, Failure, html};
use crate::marking::{Stretch, mark};
use crate::{Console, figures, wording};

/// Hits on a page.
const HITS: u32 = 20;

/// Least similarity of misspelt words, as plain search has it.
const SIMILARITY: f32 = 0.3;

/// Searches that show what can be typed.
const EXAMPLES: [&str; 5] = [
    "heart attack",
    "e11.65",
    "diabets neuropathy",
    "fracture femur left open",
    "htn",
];

/// What the address asks for. Fields that a form sends empty count as not given.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    chapter: String,
    #[serde(default)]
    billable: bool,
    #[serde(default)]
    cursor: Option<String>,
}

pub(crate) async fn page(
    State(console): State<Console>,
    InCall(call): InCall,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let shown = async {
        let asked: Asked = Query::read(query.as_deref().unwrap_or_default())?;
        let chapters = console.terminology.chapter_statistics(&call).await?;
        let (status, results) = console.search(&call, &asked).await?;
        let page = SearchPage {
            shell: console.shell(Section::Search),
            title: title(&asked),
            chapters: chapters.iter().map(|c| Chapter::of(c, &asked)).collect(),
            asked,
            results,
        };
        Ok(html(status, &page))
    };
    console.answer(shown).await
}

pub(crate) async fn results(
    State(console): State<Console>,
    InCall(call): InCall,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let shown = async {
        let asked: Asked = Query::read(query.as_deref().unwrap_or_default())?;
        let (status, results) = console.search(&call, &asked).await?;
        Ok(html(status, &results))
    };
    console.answer(shown).await
}

impl Console {
    /// The results; a refused query is told in their place, because the reader can mend it there.
    async fn search(&self, call: &Call, asked: &Asked) -> Result<(StatusCode, Results), Error> {
        if asked.q.trim().is_empty() {
            return Ok((StatusCode::OK, Results::default()));
        }
        match self.find(call, asked).await {
            Ok(answer) => Ok((StatusCode::OK, Results::of(&answer, asked))),
            Err(error) if error.kind() == ErrorKind::Invalid => {
                Ok((StatusCode::BAD_REQUEST, Results::refused(&error)))
            }
            Err(error) => Err(error),
        }
    }

    async fn find(&self, call: &Call, asked: &Asked) -> Result<SearchAnswer, Error> {
        let chapter = (!asked.chapter.is_empty()).then(|| asked.chapter.clone());
        if asked.billable {
            let request = AdvancedRequest {
                query: asked.q.clone(),
                limit: HITS,
                chapter_filter: chapter,
                billable: Some(true),
                cursor: asked.cursor.clone(),
                fuzzy_threshold: SIMILARITY,
            };
            return self.terminology.advanced_search(call, request).await;
        }
        let request = SearchRequest {
            q: asked.q.clone(),
            limit: HITS,
            chapter,
            cursor: asked.cursor.clone(),
        };
        self.terminology.search_icd10(call, request).await
    }
}

fn title(asked: &Asked) -> String {
    match asked.q.trim() {
        "" => "Search ICD-10-CM".to_owned(),
        query => format!("{query} · search"),
    }
}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    shell: Shell,
    title: String,
    asked: Asked,
    chapters: Vec<Chapter>,
    results: Results,
}

/// A chapter to browse or to search in.
struct Chapter {
    number: u8,
    title: String,
    /// First and last of its categories.
    range: String,
    codes: String,
    chosen: bool,
}

impl Chapter {
    fn of(chapter: &ChapterStatistics, asked: &Asked) -> Self {
        let (title, range) = wording::title_and_range(&chapter.title);
        Self {
            number: chapter.chapter,
            title: title.to_owned(),
            range: range.to_owned(),
            codes: figures::grouped(chapter.billable_codes),
            chosen: asked.chapter == chapter.chapter.to_string(),
        }
    }
}

/// The list of hits, or why there is none.
#[derive(Debug, Default, Template)]
#[template(path = "results.html")]
pub(crate) struct Results {
    refusal: Vec<String>,
    query: String,
    count: String,
    took: String,
    release: String,
    degraded: Vec<&'static str>,
    rows: Vec<Row>,
    /// Query of the address of the next page.
    next: Option<String>,
}

impl Results {
    fn refused(error: &Error) -> Self {
        let mut refusal = answer::faults(error);
        if refusal.is_empty() {
            refusal.push(error.message().to_owned());
        }
        Self {
            refusal,
            ..Self::default()
        }
    }

    fn of(answer: &SearchAnswer, asked: &Asked) -> Self {
        Self {
            query: answer.query.clone(),
            count: count(answer),
            took: figures::micros(answer.took_us as f64),
            release: answer.release.clone(),
            degraded: answer
                .degraded
                .iter()
                .map(|&s| wording::strategy(s))
                .collect(),
            rows: answer
                .hits
                .iter()
                .map(|hit| Row::of(hit, &answer.query))
                .collect(),
            next: answer.next.as_deref().map(|cursor| asked.next(cursor)),
            ..Self::default()
        }
    }

    fn asked(&self) -> bool {
        !self.query.is_empty() || !self.refusal.is_empty()
    }
}

fn count(answer: &SearchAnswer) -> String {
    match (answer.hits.len(), &answer.next) {
        (0, _) => "No code".to_owned(),
        (1, None) => "1 code".to_owned(),
        (found, None) => format!("{found} codes"),
        (shown, Some(_)) => format!("First {shown} codes"),
    }
}

impl Asked {
    fn next(&self, cursor: &str) -> String {
        let billable = if self.billable { "&billable=true" } else { "" };
        format!(
            "q={}&chapter={}{billable}&cursor={}",
            encoded(&self.q),
            encoded(&self.chapter),
            encoded(cursor)
        )
    }
}

fn encoded(text: &str) -> String {
    askama::filters::urlencode_strict(text).map_or_else(|never| match never {}, |t| t.to_string())
}

/// A hit, ready to be shown.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) code: String,
    pub(crate) title: Vec<Stretch>,
    pub(crate) billable: bool,
    pub(crate) chapter: u8,
    pub(crate) percent: u8,
    pub(crate) reason: String,
    /// The term that matched, unless it is the title itself.
    pub(crate) term: Vec<Stretch>,
    pub(crate) edits: Option<String>,
}

impl Row {
    pub(crate) fn of(hit: &Hit, query: &str) -> Self {
        let matched = &hit.matched;
        let telling = wording::names_term(matched.kind) && matched.term != hit.title;
        Self {
            code: hit.code.clone(),
            title: mark(&hit.title, query),
            billable: hit.billable,
            chapter: hit.chapter,
            percent: figures::percent(hit.confidence),
            reason: wording::reason(matched),
            term: if telling {
                mark(&matched.term, query)
            } else {
                Vec::new()
            },
            edits: wording::edits(matched.edits),
        }
    }
}
