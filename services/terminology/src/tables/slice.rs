//! The part of a release that answers one question, taken from the tables and compiled in memory.
//!
//! SQL finds the candidates, and what ranks and shows them is what does so over the mapped file. So an answer is the same as that
//! of the whole release wherever the candidates are.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use medcover_contract_terminology::Strategy;
use medcover_kernel::Result;
use medcover_store::StoreError;
use medcover_terms::source::{Level, Source};

use super::Icd10Tables;
use super::find::{Filter, TableRelease};
use super::kept::KeptSearches;
use super::notation::{beginnings, written};
use super::row::Row;
use super::wanted::{Search, Wanted};
use crate::releases::{ICD10CM, OpenRelease};

/// Codes that begin with what is typed, looked at most.
const CODES: u32 = 110;
/// Titles that begin with it.
const TITLES: u32 = 60;
/// Titles that have its words.
const WORDED: u32 = 120;
/// Titles that are like it.
const SIMILAR: u32 = 20;
/// How long a strategy may take before the others answer alone.
const WITHIN: Duration = Duration::from_secs(5);
/// Ways up are no longer than this.
const DEPTH: usize = 16;

/// Rows by their code.
#[derive(Default)]
struct Rows(HashMap<String, Row>);

impl Icd10Tables {
    /// The slice of the release `version`, or of none the current one, that answers `wanted`; nothing where the tables do not have
    /// that release. What a search was answered from is kept in `searches`.
    pub(crate) async fn slice(
        &self,
        version: Option<&str>,
        wanted: Wanted<'_>,
        searches: Option<&KeptSearches>,
    ) -> Result<Option<Arc<OpenRelease>>> {
        let Some(release) = self.release(version).await? else {
            return Ok(None);
        };
        let mut rows = Rows::default();
        match wanted {
            Wanted::Search(search) => {
                let part = match searches {
                    Some(kept) => kept.part(self, &release, search).await?,
                    None => Arc::new(self.searched(&release, search).await?),
                };
                return Ok(Some(part));
            }
            Wanted::Code(code) => self.surroundings(&release.version, code, &mut rows).await?,
            Wanted::Codes(codes) => {
                let codes: Vec<_> = codes.iter().filter_map(|it| written(it)).collect();
                rows.add(self.find_by_code(&release.version, &codes).await?);
            }
        }
        let part = OpenRelease::of_source(&rows.into_source(&release))?;
        Ok(Some(Arc::new(part)))
    }

    /// The slice of `release` that answers a search.
    pub(super) async fn searched(
        &self,
        release: &TableRelease,
        search: Search<'_>,
    ) -> Result<OpenRelease> {
        let version = &release.version;
        let mut rows = Rows::default();
        let mut filter = Filter {
            chapter: None,
            billable: search.billable,
        };
        if let Some(chapter) = search.chapter {
            rows.add(self.find_chapters(version).await?);
            let chapters = rows.clone_source(release);
            filter.chapter = OpenRelease::of_source(&chapters)?.chapter_named(chapter);
        }
        let asked = self.candidates(version, search.text, filter, &mut rows);
        let failed = Box::pin(asked).await?;
        rows.add(self.find_by_code(version, &rows.defaults()).await?);
        let part = OpenRelease::of_source(&rows.into_source(release))?;
        Ok(part.without(failed))
    }

    /// The three searches at once. One that fails or is late leaves the others to answer; which did.
    async fn candidates(
        &self,
        version: &str,
        text: &str,
        filter: Filter,
        rows: &mut Rows,
    ) -> Result<Vec<Strategy>> {
        let code = async {
            let mut found = Vec::new();
            if let Some(code) = written(text) {
                found = self
                    .find_by_code(version, std::slice::from_ref(&code))
                    .await?;
                let below = self.find_by_code_prefix(version, &code, filter, CODES);
                found.extend(below.await?);
            }
            Ok(found)
        };
        let term = async {
            let begins = self.find_by_term_prefix(version, text, filter, TITLES);
            let worded = self.find_by_words(version, text, filter, WORDED);
            let (begins, worded) = tokio::join!(begins, worded);
            let mut found = begins?;
            found.extend(worded?);
            Ok(found)
        };
        let similar = self.find_by_similarity(version, text, filter, SIMILAR);
        let (code, term, similar) = tokio::join!(in_time(code), in_time(term), in_time(similar));
        let found = [
            (Strategy::Code, code),
            (Strategy::Term, term),
            (Strategy::Similarity, similar),
        ];
        let all = found.len();
        let mut failed = Vec::new();
        let mut reason = None;
        for (strategy, found) in found {
            match found {
                Ok(found) => rows.add(found),
                Err(error) => {
                    tracing::warn!(?strategy, cause = %error, "a strategy of search does not answer");
                    failed.push(strategy);
                    reason = Some(error);
                }
            }
        }
        match reason {
            Some(error) if failed.len() == all => Err(error.into()),
            _ => Ok(failed),
        }
    }

    /// A code with all above it, beside it and directly below it; of an unknown one, what its beginnings are.
    async fn surroundings(&self, version: &str, code: &str, rows: &mut Rows) -> Result<()> {
        let beginnings = beginnings(code);
        let Some(whole) = beginnings.last() else {
            return Ok(());
        };
        let found = self.find_by_code(version, &beginnings).await?;
        let meant = found.iter().find(|row| row.concept.code == *whole);
        let meant = meant.cloned();
        rows.add(found);
        let Some(meant) = meant else { return Ok(()) };
        let mut above = meant.parent.clone();
        for _ in 0..DEPTH {
            let Some(parent) = above else { break };
            if !rows.0.contains_key(&parent) {
                let codes = std::slice::from_ref(&parent);
                rows.add(self.find_by_code(version, codes).await?);
            }
            above = rows.0.get(&parent).and_then(|row| row.parent.clone());
        }
        rows.add(self.find_children(version, whole).await?);
        if let Some(parent) = &meant.parent {
            rows.add(self.find_children(version, parent).await?);
        } else {
            // Beside a chapter are the others, and nothing else that is without a parent here.
            let mut chapters = self.find_chapters(version).await?;
            chapters.retain(|row| row.concept.level == Level::Chapter);
            rows.add(chapters);
        }
        rows.add(self.find_by_code(version, &rows.defaults()).await?);
        Ok(())
    }
}

impl Rows {
    fn add(&mut self, rows: Vec<Row>) {
        let rows = rows.into_iter();
        self.0
            .extend(rows.map(|row| (row.concept.code.clone(), row)));
    }

    /// The codes for which headers stand that are here, and that are not here themselves.
    fn defaults(&self) -> Vec<String> {
        let defaults = self.0.values().filter_map(|row| row.default.as_ref());
        let missing = defaults.filter(|code| !self.0.contains_key(*code));
        missing.cloned().collect()
    }

    fn clone_source(&self, release: &TableRelease) -> Source {
        Self(self.0.clone()).into_source(release)
    }

    /// The rows as a release of their own, in the order of the whole one.
    fn into_source(self, release: &TableRelease) -> Source {
        let mut rows: Vec<_> = self.0.into_values().collect();
        rows.sort_by_key(|row| row.place);
        let codes = rows.iter().map(|row| row.concept.code.clone());
        let places: HashMap<_, _> = codes.zip(0_u32..).collect();
        let place = |code: Option<String>| code.and_then(|code| places.get(&code).copied());
        let concepts = rows.into_iter().map(|row| {
            let mut concept = row.concept;
            concept.parent = place(row.parent);
            concept.default = place(row.default);
            concept
        });
        Source {
            system: ICD10CM.to_owned(),
            uri: release.uri.clone(),
            title: release.title.clone(),
            version: release.version.clone(),
            valid_from: release.valid_from.clone(),
            dotted: true,
            concepts: concepts.collect(),
        }
    }
}

async fn in_time(
    found: impl Future<Output = std::result::Result<Vec<Row>, StoreError>>,
) -> std::result::Result<Vec<Row>, StoreError> {
    let found = tokio::time::timeout(WITHIN, found).await;
    found.unwrap_or_else(|_| Err(StoreError::Unavailable("it does not answer in time".into())))
}
