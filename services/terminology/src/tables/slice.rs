//! The part of a release that answers one question, taken from the tables and compiled in memory.
//!
//! SQL finds the candidates, and what ranks and shows them is what does so over the mapped file. So an answer is the same as that
//! of the whole release wherever the candidates are.

use std::collections::HashMap;
use std::time::Duration;

use medcover_contract_terminology::Strategy;
use medcover_kernel::Result;
use medcover_store::StoreError;
use medcover_terms::source::{Level, Source};

use super::Icd10Tables;
use super::find::{Filter, TableRelease};
use super::row::Row;
use super::wanted::Wanted;
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
/// Characters of a category, before the dot.
const CATEGORY: usize = 3;
/// The longest code, without its dot.
const LONGEST: usize = 7;

/// Rows by their code.
#[derive(Default)]
struct Rows(HashMap<String, Row>);

impl Icd10Tables {
    /// The slice of the release `version`, or of none the current one, that answers `wanted`; nothing where the tables do not have
    /// that release.
    pub(crate) async fn slice(
        &self,
        version: Option<&str>,
        wanted: Wanted<'_>,
    ) -> Result<Option<OpenRelease>> {
        let Some(release) = self.release(version).await? else {
            return Ok(None);
        };
        let version = &release.version;
        let mut rows = Rows::default();
        let mut failed = Vec::new();
        match wanted {
            Wanted::Search {
                text,
                chapter,
                billable,
            } => {
                let mut filter = Filter {
                    chapter: None,
                    billable,
                };
                if let Some(chapter) = chapter {
                    rows.add(self.find_chapters(version).await?);
                    let chapters = rows.clone_source(&release);
                    filter.chapter = OpenRelease::of_source(&chapters)?.chapter_named(chapter);
                }
                let asked = self.candidates(version, text, filter, &mut rows);
                failed = Box::pin(asked).await?;
                let defaults = rows.defaults();
                rows.add(self.find_by_code(version, &defaults).await?);
            }
            Wanted::Code(code) => self.surroundings(version, code, &mut rows).await?,
            Wanted::Codes(codes) => {
                let codes: Vec<_> = codes.iter().filter_map(|it| written(it)).collect();
                rows.add(self.find_by_code(version, &codes).await?);
            }
        }
        let part = OpenRelease::of_source(&rows.into_source(&release))?;
        Ok(Some(part.without(failed)))
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

/// A code as the tables have it, from any notation: `e1165` is `E11.65`. Nothing for what is no code, block or chapter.
fn written(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() <= 2 && !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit()) {
        return Some(text.to_owned());
    }
    let kept = text.chars().filter(|c| !matches!(c, '.' | ' ' | '\t'));
    let key: String = kept.map(|c| c.to_ascii_uppercase()).collect();
    let shaped = key.bytes().zip(0..).all(|(byte, place)| match place {
        0 => byte.is_ascii_uppercase(),
        1 => byte.is_ascii_digit(),
        _ => byte.is_ascii_alphanumeric() || byte == b'-',
    });
    if !shaped || key.len() < 2 {
        return None;
    }
    if key.contains('-') {
        return Some(key);
    }
    if key.len() > LONGEST {
        return None;
    }
    Some(match key.get(CATEGORY..) {
        Some(rest) if !rest.is_empty() => format!("{}.{rest}", &key[..CATEGORY]),
        _ => key,
    })
}

/// A code and its beginnings, a category at least; the code itself the last.
fn beginnings(code: &str) -> Vec<String> {
    let Some(whole) = written(code) else {
        return Vec::new();
    };
    if whole.contains('-') || whole.len() <= CATEGORY {
        return vec![whole];
    }
    let ends = (CATEGORY..=whole.len()).filter(|end| *end != CATEGORY + 1);
    ends.map(|end| whole[..end].to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_in_any_notation() {
        for (text, code) in [
            ("e1165", Some("E11.65")),
            (" e11.65 ", Some("E11.65")),
            ("E11", Some("E11")),
            ("e1", Some("E1")),
            ("e08-e13", Some("E08-E13")),
            ("4", Some("4")),
            ("asthma", None),
            ("E1165000000", None),
            ("", None),
            ("é1", None),
        ] {
            assert_eq!(written(text).as_deref(), code, "{text:?}");
        }
    }

    #[test]
    fn beginnings_end_with_the_code_itself() {
        assert_eq!(
            beginnings("s5200xa"),
            ["S52", "S52.0", "S52.00", "S52.00X", "S52.00XA"]
        );
        assert_eq!(beginnings("E11"), ["E11"]);
        assert!(beginnings("heart attack").is_empty());
    }
}
