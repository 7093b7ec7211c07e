//! YAML into a document: bounded, strict, told by line.

use serde_saphyr::{DuplicateKeyPolicy, MergeKeyPolicy};

use crate::document::Document;
use crate::fault::PolicyFault;

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
    let options = serde_saphyr::options! {
        strict_booleans: true,
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| PolicyFault {
        at: String::new(),
        line: error.location().map(|it| it.line()),
        detail: error.to_string().into(),
    })
}
