//! Searches that the tables have answered, kept for a while.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use medcover_cache::{
    Cache, CacheKey, CacheValue, Cached, CodecError, KeyText, Loaded, Policy, Space, Tag,
};
use medcover_kernel::{Error, Result};
use sha2::{Digest as _, Sha256};

use super::Icd10Tables;
use super::find::TableRelease;
use super::row::term_key;
use super::wanted::Search;
use crate::releases::{OpenRelease, hex};

/// How long what a search was answered from is good. It cannot become wrong: another content of the release has another key.
const KEPT_FOR: Duration = Duration::from_mins(5);
/// How many hexadecimal digits of a digest tell searches apart, and contents.
const DIGEST: usize = 32;

/// The parts of releases from which searches were answered, in a cache.
///
/// Each depends on the tags `icd10:all`, `search_results:all`, and `chapter:<number>` of the chapter that was searched or, where
/// all were, of every chapter that has something in it. A part to which a strategy could add nothing because it failed is not kept.
#[derive(Debug)]
pub(crate) struct KeptSearches(Space<Asked>);

/// A search of a content of a release. What was typed is hidden: keys are seen by operators and leave the process.
struct Asked {
    release: String,
    content: String,
    search: String,
}

impl Asked {
    fn new(release: &TableRelease, search: Search<'_>) -> Self {
        let of = (term_key(search.text), search.chapter, search.billable);
        let [mut content, mut search] = [
            release.source_sha256.clone(),
            hex(&Sha256::digest(format!("{of:?}"))),
        ];
        content.truncate(DIGEST);
        search.truncate(DIGEST);
        Self {
            release: release.version.clone(),
            content,
            search,
        }
    }
}

impl CacheKey for Asked {
    type Value = OpenRelease;
    const SPACE: &'static str = "search";
    const POLICY: Policy = Policy::of(KEPT_FOR);

    fn write(&self, to: &mut KeyText<'_>) {
        to.text(&self.release)
            .text(":")
            .text(&self.content)
            .text(":")
            .text(&self.search);
    }
}

impl CacheValue for OpenRelease {
    // The form is what the release is read from; beside it is what was worked out when it was opened.
    const BYTES_A_BYTE: usize = 2;

    fn encode(&self) -> std::result::Result<Bytes, CodecError> {
        Ok(self.release().bytes().held())
    }

    fn decode(bytes: &Bytes) -> std::result::Result<Self, CodecError> {
        // Records are read where they lie, which has to be at a round address: a buffer of its own does.
        Self::of_bytes(bytes.to_vec().into()).map_err(CodecError::of)
    }
}

impl KeptSearches {
    pub(crate) fn new(cache: &Cache) -> Self {
        Self(cache.space())
    }

    /// The slice of `release` that answers `search`, from what is kept or else from `tables`.
    pub(super) async fn part(
        &self,
        tables: &Icd10Tables,
        release: &TableRelease,
        search: Search<'_>,
    ) -> Result<Arc<OpenRelease>> {
        let load = || async {
            let part = tables.searched(release, search).await?;
            let whole = part.failed().is_empty();
            let tags = tags(&part, search.chapter);
            let loaded = tags.iter().fold(Loaded::value(part), Loaded::tag);
            Ok(if whole { loaded } else { loaded.not_kept() })
        };
        let asked = Asked::new(release, search);
        let part = self.0.get_or_load(&asked, load).await?;
        let part = part.map(Cached::into_value);
        part.ok_or_else(|| Error::internal("a search is answered from a part, if an empty one"))
    }
}

/// What a part depends on that answers a search in `chapter`, or in all of them.
fn tags(part: &OpenRelease, chapter: Option<&str>) -> Vec<Tag> {
    let mut chapters: Vec<_> = match chapter.and_then(|it| part.chapter_named(it)) {
        Some(chapter) => vec![chapter],
        None => part.release().concepts().map(|it| it.chapter()).collect(),
    };
    chapters.sort_unstable();
    chapters.dedup();
    let all = ["icd10", "search_results"].map(|kind| Tag::new(kind, "all"));
    let chapters = chapters.iter().map(|number| Tag::new("chapter", number));
    all.into_iter().chain(chapters).collect()
}
