//! Bounds of requests. Every fault is told, not only the first.

use medcover_contract_terminology::MAX_QUERY_CHARS;
use medcover_kernel::{Error, ErrorKind, Limit, Result};

use crate::releases::OpenRelease;

/// Longest text taken for a code, in bytes.
const MAX_CODE_BYTES: usize = 64;

/// Collects what is wrong with a request.
#[derive(Debug, Default)]
pub(super) struct Checks(Vec<(String, String)>);

impl Checks {
    pub(super) fn fault(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        self.0.push((pointer.into(), detail.into()));
    }

    /// A text of 1 to 256 characters that is not blank, trimmed.
    pub(super) fn text<'a>(&mut self, pointer: impl Into<String>, text: &'a str) -> &'a str {
        let trimmed = text.trim();
        // Bytes are a quick bound of characters.
        if text.len() > MAX_QUERY_CHARS && text.chars().count() > MAX_QUERY_CHARS {
            let detail = format!("must have at most {MAX_QUERY_CHARS} characters");
            self.fault(pointer, detail);
        } else if trimmed.is_empty() {
            self.fault(pointer, "must not be empty");
        }
        trimmed
    }

    /// A limit of 1 to 100.
    pub(super) fn limit(&mut self, limit: u32) -> usize {
        match Limit::new(limit) {
            Ok(limit) => limit.get(),
            Err(error) => {
                self.fault("/limit", error.to_string());
                Limit::MAX.get()
            }
        }
    }

    /// A chapter of `release`, by its number or its range of categories.
    pub(super) fn chapter(
        &mut self,
        pointer: &str,
        text: Option<&str>,
        release: &OpenRelease,
    ) -> Option<u8> {
        let text = text?;
        let found = release.chapter_named(text);
        if found.is_none() {
            let detail = match (release.chapters().first(), release.chapters().last()) {
                (Some(first), Some(last)) => format!(
                    "must be the number of a chapter, {} to {}, or its range, such as {}",
                    first.number,
                    last.number,
                    first.ranges.first().map_or("A00-B99", String::as_str)
                ),
                _ => "cannot be given: the release has no chapters".to_owned(),
            };
            self.fault(pointer, detail);
        }
        found
    }

    /// A list of 1 to `most` entries.
    pub(super) fn list<T>(&mut self, pointer: &str, list: &[T], most: usize) {
        if list.is_empty() {
            self.fault(pointer, "must not be empty");
        } else if list.len() > most {
            self.fault(pointer, format!("must have at most {most} entries"));
        }
    }

    /// Codes in any notation, of 1 to `most`.
    pub(super) fn codes(&mut self, codes: &[String], most: usize) {
        self.list("/codes", codes, most);
        for (place, code) in codes.iter().enumerate().take(most) {
            if code.trim().is_empty() {
                self.fault(format!("/codes/{place}"), "must not be empty");
            } else if code.len() > MAX_CODE_BYTES {
                let detail = format!("must have at most {MAX_CODE_BYTES} bytes");
                self.fault(format!("/codes/{place}"), detail);
            }
        }
    }

    /// Refuses the request if anything was wrong.
    pub(super) fn done(self) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let error = Error::new(
            ErrorKind::Invalid,
            "invalid-request",
            "The request has a field that is not valid.",
        );
        Err(self.0.into_iter().fold(error, |error, (pointer, detail)| {
            error.with_fault(pointer, detail)
        }))
    }
}
