//! Symptoms in, codes that fit them out.

use askama::Template;
use axum::extract::State;
use axum::extract::rejection::StringRejection;
use axum::http::StatusCode;
use axum::response::Response;
use medcover_contract_terminology::{
    Analysis, AnalysisRequest, Candidate, ChapterShare, MAX_SYMPTOMS, SymptomMatches,
};
use medcover_http::{InCall, Query};
use medcover_kernel::{Error, ErrorKind};
use serde::Deserialize;

use super::search::Row;
use super::{Section, Shell};
use crate::answer::{self, Failure, html};
use crate::{Console, figures, wording};

/// A list that shows what can be asked.
const EXAMPLE: &str = "fever\ncough\nshortness of breath";

#[derive(Debug, Deserialize)]
struct Form {
    /// One symptom a line.
    symptoms: String,
}

pub(crate) async fn empty(State(console): State<Console>) -> Response {
    let shell = console.shell(Section::Analysis);
    html(StatusCode::OK, &AnalysisPage::asking(shell, String::new()))
}

/// Symptoms come in the body and not in the address: addresses are kept in histories and logs.
pub(crate) async fn page(
    State(console): State<Console>,
    InCall(call): InCall,
    body: Result<String, StringRejection>,
) -> Result<Response, Failure> {
    let shell = console.shell(Section::Analysis);
    let shown = async {
        let body = body.map_err(unreadable)?;
        let Form { symptoms: text } = Query::read(&body)?;
        let symptoms = lines(&text);
        if symptoms.is_empty() {
            let refusal = vec!["Write at least one symptom.".to_owned()];
            return Ok(AnalysisPage::refused(shell, text, refusal));
        }
        let request = AnalysisRequest { symptoms };
        match console.terminology.clinical_analysis(&call, request).await {
            Ok(analysis) => {
                let mut page = AnalysisPage::asking(shell, text);
                page.result = Some(Findings::of(analysis));
                Ok(html(StatusCode::OK, &page))
            }
            Err(error) if error.kind() == ErrorKind::Invalid => {
                Ok(AnalysisPage::refused(shell, text, told(&error)))
            }
            Err(error) => Err(error.into()),
        }
    };
    console.answer(shown).await
}

fn unreadable(rejection: StringRejection) -> Error {
    Error::invalid("/symptoms", "could not be read").with_source(rejection)
}

fn told(error: &Error) -> Vec<String> {
    let faults = answer::faults(error);
    if faults.is_empty() {
        vec![error.message().to_owned()]
    } else {
        faults
    }
}

fn lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(ToOwned::to_owned).collect()
}

#[derive(Template)]
#[template(path = "analysis.html")]
struct AnalysisPage {
    shell: Shell,
    symptoms: String,
    example: &'static str,
    most: usize,
    refusal: Vec<String>,
    result: Option<Findings>,
}

impl AnalysisPage {
    fn asking(shell: Shell, symptoms: String) -> Self {
        Self {
            shell,
            symptoms,
            example: EXAMPLE,
            most: MAX_SYMPTOMS,
            refusal: Vec::new(),
            result: None,
        }
    }

    fn refused(shell: Shell, symptoms: String, refusal: Vec<String>) -> Response {
        let mut page = Self::asking(shell, symptoms);
        page.refusal = refusal;
        html(StatusCode::BAD_REQUEST, &page)
    }
}

/// An analysis, ready to be shown.
struct Findings {
    release: String,
    verdict: &'static str,
    separation: &'static str,
    statement: String,
    coverage: u8,
    specificity: u8,
    unmatched: Vec<String>,
    chapters: Vec<Share>,
    candidates: Vec<Fit>,
    symptoms: Vec<Matches>,
}

struct Share {
    label: String,
    percent: u8,
}

/// A candidate.
struct Fit {
    code: String,
    title: String,
    billable: bool,
    symptom_code: bool,
    percent: u8,
    supported: String,
    contributions: Vec<Support>,
}

/// What one symptom adds to a candidate.
struct Support {
    symptom: String,
    percent: u8,
    term: String,
}

/// The best codes of one symptom.
struct Matches {
    symptom: String,
    rows: Vec<Row>,
}

impl Findings {
    fn of(analysis: Analysis) -> Self {
        let asked: Vec<&str> = analysis
            .symptoms
            .iter()
            .map(|s| s.symptom.as_str())
            .collect();
        let (verdict, separation) = wording::separation(analysis.separation);
        Self {
            verdict,
            separation,
            coverage: figures::percent(analysis.metrics.coverage),
            specificity: figures::percent(analysis.metrics.specificity),
            chapters: analysis.metrics.chapters.iter().map(Share::of).collect(),
            candidates: analysis
                .candidates
                .iter()
                .map(|c| Fit::of(c, &asked))
                .collect(),
            symptoms: analysis.symptoms.iter().map(Matches::of).collect(),
            unmatched: analysis.metrics.unmatched,
            statement: analysis.statement,
            release: analysis.release,
        }
    }
}

impl Share {
    fn of(share: &ChapterShare) -> Self {
        Self {
            label: format!("{}. {}", share.chapter, share.title),
            percent: figures::percent(share.share),
        }
    }
}

impl Fit {
    fn of(candidate: &Candidate, asked: &[&str]) -> Self {
        let supports = candidate.contributions.iter().map(|contribution| Support {
            symptom: asked
                .get(contribution.symptom as usize)
                .copied()
                .unwrap_or_default()
                .to_owned(),
            percent: figures::percent(contribution.share),
            term: contribution.term.clone(),
        });
        let supports: Vec<_> = supports.collect();
        Self {
            code: candidate.code.clone(),
            title: candidate.title.clone(),
            billable: candidate.billable,
            symptom_code: candidate.symptom_code,
            percent: figures::percent(candidate.score),
            supported: format!("{} of {} symptoms", supports.len(), asked.len()),
            contributions: supports,
        }
    }
}

impl Matches {
    fn of(matches: &SymptomMatches) -> Self {
        Self {
            rows: matches
                .hits
                .iter()
                .map(|hit| Row::of(hit, &matches.symptom))
                .collect(),
            symptom: matches.symptom.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_lines_are_no_symptoms() {
        assert_eq!(lines(" fever \r\n\r\n  \r\ncough"), ["fever", "cough"]);
        assert!(lines("\n \n").is_empty());
    }
}
