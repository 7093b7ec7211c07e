//! The use cases, one a file, and the service that offers them to callers in this process.

mod advanced_search;
mod autocomplete_icd10;
mod batch_code_lookup;
mod chapter_statistics;
mod check_codes;
mod checks;
mod clinical_analysis;
mod cursor;
mod engine;
pub(crate) mod found;
mod get_code_details;
mod get_performance_stats;
mod long_work;
mod popularity;
mod relatives;
mod search_icd10;
mod standby;
pub(crate) mod surroundings;
mod unified_search;
pub(crate) mod words;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use medcover_contract_terminology::{
    AdvancedRequest, Analysis, AnalysisRequest, AutocompleteRequest, BatchRequest, BatchResult,
    ChapterStatistics, CheckRequest, CheckResult, CodeDetails, CodeList, PopularQuery, ReleaseInfo,
    SearchAnswer, SearchRequest, Statistics, TerminologyApi, UnifiedRequest,
};
use medcover_kernel::{Call, Clock, Result};
use medcover_telemetry::Metrics;

pub(crate) use advanced_search::advanced_search;
pub(crate) use autocomplete_icd10::autocomplete_icd10;
pub(crate) use batch_code_lookup::batch_code_lookup;
pub(crate) use chapter_statistics::chapter_statistics;
pub(crate) use check_codes::check_codes;
use clinical_analysis::clinical_analysis;
pub(crate) use engine::probe;
pub(crate) use get_code_details::get_code_details;
pub(crate) use get_performance_stats::get_performance_stats;
pub(crate) use relatives::{ancestors, children, siblings};
pub(crate) use search_icd10::search_icd10;
pub(crate) use standby::{Answering, Standby};
pub(crate) use unified_search::unified_search;

use cursor::CursorKey;
use found::Found;
use long_work::LongWork;
pub(crate) use popularity::{COUNTED_BYTES, Popularity, counted_words};

use crate::releases::Releases;
use crate::search_log::{self, MonthlyLog, SearchLog, Searched};
use crate::tables::Wanted;

/// How many popular searches are told.
const POPULAR: usize = 50;
/// How long they are waited for before the counts of this process stand in.
const POPULAR_WITHIN: Duration = Duration::from_secs(2);

/// The terminology service in this process.
pub struct TerminologyService {
    pub(crate) releases: Arc<Releases>,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    popularity: Option<Popularity>,
    log: Option<SearchLog>,
    /// Where the searches of all processes are counted.
    counted: Option<MonthlyLog>,
    standby: Option<Standby>,
    cursors: CursorKey,
    long_work: LongWork,
}

impl TerminologyService {
    /// A service over `releases`. `folder` keeps the key of its cursors.
    pub(crate) fn new(
        releases: Arc<Releases>,
        folder: &Path,
        popularity: Option<Popularity>,
        (log, counted): (Option<SearchLog>, Option<MonthlyLog>),
        standby: Option<Standby>,
        clock: Arc<dyn Clock>,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            releases,
            clock,
            metrics,
            popularity,
            log,
            counted,
            standby,
            cursors: CursorKey::open(folder),
            long_work: LongWork::new(),
        }
    }

    /// Refuses a call whose deadline has passed.
    pub(crate) fn begin(&self, call: &Call) -> Result<()> {
        call.deadline.check(self.clock.elapsed())
    }

    /// The searches that came most often: in all processes, where they keep their log together, else in this one.
    pub(crate) async fn popular(&self) -> Vec<PopularQuery> {
        let Some(popularity) = &self.popularity else {
            return Vec::new();
        };
        if let Some(counted) = &self.counted {
            match tokio::time::timeout(POPULAR_WITHIN, counted.popular(POPULAR)).await {
                Ok(Ok(popular)) => return popular,
                Ok(Err(error)) => {
                    tracing::warn!(cause = %error, "popular searches are those of this process");
                }
                Err(_) => {
                    tracing::warn!(
                        "popular searches are those of this process: the server is late"
                    );
                }
            }
        }
        popularity.top(POPULAR)
    }

    pub(crate) fn release_infos(&self) -> Vec<ReleaseInfo> {
        self.releases.load().all().map(|it| it.info()).collect()
    }

    /// Counts a search for `query` among the popular ones.
    pub(crate) fn count(&self, query: &str) {
        if let Some(popularity) = &self.popularity {
            popularity.count(query);
        }
    }

    /// Hands a search to the search log.
    fn log(&self, operation: &'static str, found: &Found<'_>) {
        if let Some(log) = &self.log {
            log.offer(|| Searched {
                at: self.clock.now(),
                operation,
                query: search_log::kept(found.query),
                hits: found.hits.len() as u32,
                took_us: found.took_us,
            });
        }
    }

    fn micros_since(&self, started: Duration) -> u64 {
        let took = self.clock.elapsed().saturating_sub(started);
        u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
    }
}

impl std::fmt::Debug for TerminologyService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TerminologyService")
            .field("releases", &self.releases)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl TerminologyApi for TerminologyService {
    async fn search_icd10(&self, call: &Call, request: SearchRequest) -> Result<SearchAnswer> {
        self.begin(call)?;
        let set = self.answering(Wanted::of_search(&request)).await?;
        search_icd10(self, &set, &request, found::answer)
    }

    async fn autocomplete_icd10(
        &self,
        call: &Call,
        request: AutocompleteRequest,
    ) -> Result<SearchAnswer> {
        self.begin(call)?;
        let set = self.answering(Wanted::text(&request.q)).await?;
        autocomplete_icd10(self, &set, &request, found::answer)
    }

    async fn advanced_search(&self, call: &Call, request: AdvancedRequest) -> Result<SearchAnswer> {
        self.begin(call)?;
        let set = self.answering(Wanted::of_advanced(&request)).await?;
        advanced_search(self, &set, &request, found::answer)
    }

    async fn unified_search(&self, call: &Call, request: UnifiedRequest) -> Result<SearchAnswer> {
        self.begin(call)?;
        let set = self.answering(Wanted::text(&request.q)).await?;
        unified_search(self, &set, &request, found::answer)
    }

    async fn get_code_details(&self, call: &Call, code: &str) -> Result<CodeDetails> {
        self.begin(call)?;
        let set = self.answering(Wanted::Code(code)).await?;
        Ok(get_code_details(&set, code)?.details())
    }

    async fn children(&self, call: &Call, code: &str) -> Result<CodeList> {
        self.begin(call)?;
        children(&*self.answering(Wanted::Code(code)).await?, code)
    }

    async fn siblings(&self, call: &Call, code: &str) -> Result<CodeList> {
        self.begin(call)?;
        siblings(&*self.answering(Wanted::Code(code)).await?, code)
    }

    async fn ancestors(&self, call: &Call, code: &str) -> Result<CodeList> {
        self.begin(call)?;
        ancestors(&*self.answering(Wanted::Code(code)).await?, code)
    }

    async fn batch_code_lookup(&self, call: &Call, request: BatchRequest) -> Result<BatchResult> {
        self.begin(call)?;
        let set = self.answering(Wanted::Codes(&request.codes)).await?;
        batch_code_lookup(&set, request)
    }

    async fn check_codes(&self, call: &Call, request: CheckRequest) -> Result<CheckResult> {
        self.begin(call)?;
        check_codes(&self.releases.load(), &request)
    }

    async fn clinical_analysis(&self, call: &Call, request: AnalysisRequest) -> Result<Analysis> {
        self.begin(call)?;
        let releases = self.releases.load();
        let analysed = move || clinical_analysis(&releases, &request);
        self.long_work.run(analysed).await?
    }

    async fn get_performance_stats(&self, call: &Call) -> Result<Statistics> {
        self.begin(call)?;
        Ok(get_performance_stats(self, &self.releases.load()))
    }

    async fn chapter_statistics(&self, call: &Call) -> Result<Vec<ChapterStatistics>> {
        self.begin(call)?;
        chapter_statistics(&self.releases.load())
    }

    async fn popular_searches(&self, call: &Call) -> Result<Vec<PopularQuery>> {
        self.begin(call)?;
        Ok(self.popular().await)
    }

    async fn releases(&self, call: &Call) -> Result<Vec<ReleaseInfo>> {
        self.begin(call)?;
        Ok(self.release_infos())
    }
}
