//! Clinical analysis: from a list of symptoms to ranked candidate codes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Hit;

/// Symptoms and findings, one a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnalysisRequest {
    /// 1 to 30 symptoms of 1 to 256 characters each.
    #[schema(min_items = 1, max_items = 30)]
    pub symptoms: Vec<String>,
}

/// What the symptoms point to. Codes that fit, never a diagnosis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Analysis {
    /// The release that answered.
    pub release: String,
    /// The best codes of each symptom, in the order asked.
    pub symptoms: Vec<SymptomMatches>,
    /// Codes for the whole list, best first.
    pub candidates: Vec<Candidate>,
    /// Whether the evidence separates the first candidate from the next.
    pub separation: Separation,
    /// How the list as a whole is covered.
    pub metrics: ClinicalMetrics,
    /// What a reader must know: that these are codes that fit the words given, and what was not covered.
    pub statement: String,
}

/// One symptom and its best codes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SymptomMatches {
    /// The symptom as given.
    pub symptom: String,
    /// Its five best codes.
    pub hits: Vec<Hit>,
}

/// A code that fits the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Candidate {
    /// The code, with its dot.
    pub code: String,
    /// Its title.
    pub title: String,
    /// Number of its chapter.
    pub chapter: u8,
    /// Whether it may stand on a claim.
    pub billable: bool,
    /// Whether it names a symptom or sign rather than a diagnosis (chapter 18).
    pub symptom_code: bool,
    /// From 0 to 1: how well it fits the whole list.
    pub score: f32,
    /// Share of the symptoms that support it.
    pub coverage: f32,
    /// From 0 to 1: how far down the hierarchy it lies, 1 for a billable code.
    pub specificity: f32,
    /// What each symptom adds, strongest first.
    pub contributions: Vec<Contribution>,
}

/// What one symptom adds to a candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Contribution {
    /// Place of the symptom in the request, from 0.
    pub symptom: u32,
    /// Its share of the candidate's score; the shares of a candidate sum to 1.
    pub share: f32,
    /// The term that met the symptom.
    pub term: String,
}

/// Whether the evidence tells the candidates apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Separation {
    /// The first candidate is clearly ahead.
    Clear,
    /// It is ahead, but not by much.
    Weak,
    /// The first candidates cannot be told apart by these symptoms.
    None,
    /// Nothing was found.
    Empty,
}

/// Figures of the whole list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ClinicalMetrics {
    /// Share of the symptoms with at least one code.
    pub coverage: f32,
    /// Mean specificity of the candidates, weighted by score.
    pub specificity: f32,
    /// Chapters of the candidates with their share of the score, largest first.
    pub chapters: Vec<ChapterShare>,
    /// Symptoms for which nothing was found.
    pub unmatched: Vec<String>,
}

/// A chapter's share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChapterShare {
    /// Number of the chapter.
    pub chapter: u8,
    /// Its title.
    pub title: String,
    /// Its share of the candidates' score.
    pub share: f32,
}
