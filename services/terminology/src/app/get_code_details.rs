//! One code and all that is known of it.

use std::sync::Arc;

use medcover_kernel::{Error, Result};
use medcover_terms::Concept;

use super::surroundings::Surroundings;
use crate::releases::{OpenRelease, ReleaseSet};

/// Most characters of an unknown code that a message repeats.
const MAX_ECHO: usize = 40;

/// What is around `code` in the current release of ICD-10-CM or, if that has no such code, of the other systems.
pub(crate) fn get_code_details<'s>(set: &'s ReleaseSet, code: &str) -> Result<Surroundings<'s>> {
    let (release, concept) = find(set, code)?;
    Ok(Surroundings::of(release, concept))
}

/// Finds `code` in any notation.
pub(super) fn find<'s>(
    set: &'s ReleaseSet,
    code: &str,
) -> Result<(&'s Arc<OpenRelease>, Concept<'s>)> {
    let releases = set.each()?;
    let found = releases
        .iter()
        .find_map(|release| Some((release, release.release().find(code)?)));
    found.ok_or_else(|| unknown(&releases[0], code))
}

#[cold]
fn unknown(release: &OpenRelease, code: &str) -> Error {
    let code = code.trim();
    let echo: String = code.chars().take(MAX_ECHO).collect();
    let nearest = nearest_above(release, &echo).map_or_else(String::new, |near| {
        format!(
            " The nearest above it is {}, {}.",
            near.code(),
            near.title()
        )
    });
    let label = release.label();
    Error::not_found(format!("There is no code `{echo}` in {label}.{nearest}"))
}

/// The longest beginning of `code` that is a code itself, a category at least.
fn nearest_above<'r>(release: &'r OpenRelease, code: &str) -> Option<Concept<'r>> {
    const CATEGORY: usize = 3;
    let ends = code.char_indices().map(|(at, _)| at).skip(CATEGORY);
    let mut beginnings: Vec<_> = ends.map(|end| &code[..end]).collect();
    beginnings.reverse();
    beginnings
        .into_iter()
        .find_map(|beginning| release.release().find(beginning))
}
