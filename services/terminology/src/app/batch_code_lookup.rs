//! Many codes at once.

use medcover_contract_terminology::{BatchRequest, BatchResult, CodeSummary, MAX_BATCH};
use medcover_kernel::Result;

use super::checks::Checks;
use super::surroundings::code_ref;
use crate::releases::ReleaseSet;

/// Looks each code up in the current release of ICD-10-CM; what is unknown has no code in the answer.
pub(crate) fn batch_code_lookup(set: &ReleaseSet, request: BatchRequest) -> Result<BatchResult> {
    let release = set.icd10cm()?;
    let mut checks = Checks::default();
    checks.codes(&request.codes, MAX_BATCH);
    checks.done()?;
    let summary = |requested: String| {
        let code = release.release().find(&requested).map(|it| code_ref(&it));
        CodeSummary { requested, code }
    };
    let items: Vec<_> = request.codes.into_iter().map(summary).collect();
    Ok(BatchResult {
        release: release.label().to_owned(),
        found: items.iter().filter(|it| it.code.is_some()).count() as u32,
        items,
    })
}
