//! Figures of the chapters.

use medcover_contract_terminology::ChapterStatistics;
use medcover_kernel::Result;

use crate::releases::ReleaseSet;

/// Figures of each chapter of the current release of ICD-10-CM, counted when it was opened.
pub(crate) fn chapter_statistics(set: &ReleaseSet) -> Result<Vec<ChapterStatistics>> {
    let release = set.icd10cm()?;
    let chapters = release.chapters().iter().map(|chapter| ChapterStatistics {
        chapter: chapter.number,
        title: release
            .release()
            .concept(chapter.concept)
            .title()
            .to_owned(),
        total_codes: chapter.total_codes,
        active_codes: chapter.active_codes,
        billable_codes: chapter.billable_codes,
    });
    Ok(chapters.collect())
}
