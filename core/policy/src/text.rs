//! YAML into a document: bounded, strict, told by line.

use serde::de::DeserializeOwned;
use serde_saphyr::{DuplicateKeyPolicy, MergeKeyPolicy};

use crate::document::Document;
use crate::fault::PolicyFault;
use crate::places::Places;

/// A file larger than this is no policy.
const MAX_BYTES: usize = 256 * 1024;

/// Reads `text`. The first fault of form ends it: what follows such a one would be guessed.
pub(crate) fn read(text: &str) -> Result<Document, PolicyFault> {
    if text.len() > MAX_BYTES {
        let detail = format!("may have {MAX_BYTES} bytes");
        return Err(PolicyFault::at("", detail));
    }
    if text.trim().is_empty() {
        return Err(PolicyFault::at(
            "",
            "is empty; a policy begins with `version: 1`",
        ));
    }
    parsed(text).map_err(|error| PolicyFault {
        at: String::new(),
        line: error.location().map(|it| it.line()),
        detail: error.to_string().into(),
    })
}

/// `faults` of what was read from `text`, each with its line.
pub(crate) fn placed(mut faults: Vec<PolicyFault>, text: &str) -> Vec<PolicyFault> {
    if let Ok(places) = parsed::<Places>(text) {
        for fault in &mut faults {
            fault.line = Some(places.line(&fault.at));
        }
    }
    faults
}

fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, serde_saphyr::Error> {
    let options = serde_saphyr::options! {
        strict_booleans: true,
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options)
}
