//! Who answers when the file of the current release cannot be opened.

use std::ops::Deref;
use std::sync::Arc;

use arc_swap::Guard;
use medcover_cache::Cache;
use medcover_kernel::Result;
use medcover_telemetry::Metrics;
use prometheus_client::metrics::counter::Counter;

use super::TerminologyService;
use crate::releases::ReleaseSet;
use crate::tables::{Icd10Tables, KeptSearches, Wanted};

/// The tables, and how often they had to answer.
pub(crate) struct Standby {
    tables: Icd10Tables,
    /// What searches were answered from, where there is a cache.
    searches: Option<KeptSearches>,
    answers: Counter,
}

/// The releases that answer one question.
pub(crate) enum Answering {
    /// As they are open.
    Whole(Guard<Arc<ReleaseSet>>),
    /// With a part of ICD-10-CM that was taken from the tables.
    Part(ReleaseSet),
}

impl Standby {
    pub(crate) fn new(tables: Icd10Tables, cache: Option<&Cache>, metrics: &Metrics) -> Self {
        let answers = Counter::default();
        metrics.register(|registry| {
            registry.register(
                "medcover_terminology_answers_from_tables",
                "Searches and lookups answered from PostgreSQL because the file of the release cannot be opened",
                answers.clone(),
            );
        });
        Self {
            tables,
            searches: cache.map(KeptSearches::new),
            answers,
        }
    }
}

impl Deref for Answering {
    type Target = ReleaseSet;

    fn deref(&self) -> &ReleaseSet {
        match self {
            Self::Whole(set) => set,
            Self::Part(set) => set,
        }
    }
}

impl TerminologyService {
    /// Whether the file of the current release of ICD-10-CM is not open, and the tables have that release.
    pub(crate) async fn is_covered(&self) -> bool {
        let lost = self.releases.load().lost_icd10cm();
        let (Some(standby), Some(lost)) = (&self.standby, lost) else {
            return false;
        };
        let has = standby.tables.has_release(lost.version.as_deref());
        has.await.unwrap_or(false)
    }

    /// The releases that answer `wanted`: those that are open; where the file of the current release of ICD-10-CM is not, a part
    /// of it from the tables, if there are any that have it.
    pub(crate) async fn answering(&self, wanted: Wanted<'_>) -> Result<Answering> {
        let (standby, lost) = {
            let set = self.releases.load();
            match (&self.standby, set.lost_icd10cm()) {
                (Some(standby), Some(lost)) => (standby, lost),
                _ => return Ok(Answering::Whole(set)),
            }
        };
        // Kept apart, so that the usual way is not made large by it.
        let (version, searches) = (lost.version.as_deref(), standby.searches.as_ref());
        let part = Box::pin(standby.tables.slice(version, wanted, searches)).await;
        let set = self.releases.load();
        match part {
            Ok(Some(part)) => {
                standby.answers.inc();
                Ok(Answering::Part(set.with_part(part)))
            }
            // The tables do not have it: what is open says so, or stands in.
            Ok(None) => Ok(Answering::Whole(set)),
            Err(error) if set.icd10cm().is_ok() => {
                tracing::warn!(cause = %error, "the tables do not answer, and an older release stands in");
                Ok(Answering::Whole(set))
            }
            Err(error) => Err(error),
        }
    }
}
