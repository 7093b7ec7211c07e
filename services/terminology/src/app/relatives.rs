//! The concepts around a code, whole lists of them.

use medcover_contract_terminology::{CodeList, CodeRef, MAX_RELATIVES};
use medcover_kernel::Result;

use super::get_code_details::find;
use super::surroundings::code_ref;
use crate::releases::{OpenRelease, ReleaseSet};

/// The concepts directly below `code`.
pub(crate) fn children(set: &ReleaseSet, code: &str) -> Result<CodeList> {
    let (release, concept) = find(set, code)?;
    let items = concept
        .children()
        .take(MAX_RELATIVES)
        .map(|it| code_ref(&it))
        .collect();
    Ok(list(release, concept.code(), items))
}

/// The other concepts under the parent of `code`.
pub(crate) fn siblings(set: &ReleaseSet, code: &str) -> Result<CodeList> {
    let (release, concept) = find(set, code)?;
    let items = concept
        .siblings()
        .take(MAX_RELATIVES)
        .map(|it| code_ref(&it))
        .collect();
    Ok(list(release, concept.code(), items))
}

/// From the chapter down to the parent of `code`.
pub(crate) fn ancestors(set: &ReleaseSet, code: &str) -> Result<CodeList> {
    let (release, concept) = find(set, code)?;
    let mut items: Vec<_> = concept.ancestors().map(|it| code_ref(&it)).collect();
    items.reverse();
    Ok(list(release, concept.code(), items))
}

fn list(release: &OpenRelease, code: &str, items: Vec<CodeRef>) -> CodeList {
    CodeList {
        code: code.to_owned(),
        release: release.label().to_owned(),
        items,
    }
}
