//! What stands in for what is away, where a request only reads.

use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderName};

use crate::edge::Answering;

/// Names what stood in for what in an answer: `store; by=replica`. An answer without it is from where it belongs.
pub const DEGRADED: HeaderName = HeaderName::from_static("medcover-degraded");

/// Stands around the work on requests that only read. It may let something stand in for what is away, and says so in the answer
/// by the header [`DEGRADED`]. Whoever sends `Cache-Control: no-cache` is answered without it (RFC 9111, 5.2.1.4).
pub trait Reads: Send + Sync {
    /// Does the work within.
    fn around(&self, answering: Answering) -> Answering;
}

/// Whether whoever asks takes nothing but what is from where it belongs.
pub(crate) fn refuses_stand_ins(headers: &HeaderMap) -> bool {
    let values = headers.get_all(CACHE_CONTROL).iter();
    let mut directives = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','));
    directives.any(|directive| directive.trim().eq_ignore_ascii_case("no-cache"))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn no_cache_is_found_among_other_directives_and_nothing_else_is_taken_for_it() {
        let refuses = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.append(CACHE_CONTROL, HeaderValue::from_static("max-age=0"));
            headers.append(
                CACHE_CONTROL,
                HeaderValue::from_str(text).expect("a header"),
            );
            refuses_stand_ins(&headers)
        };
        assert!(refuses("no-cache"));
        assert!(refuses("max-age=0, No-Cache"));
        assert!(!refuses("no-store"));
        assert!(!refuses("no-cached"));
        assert!(!refuses_stand_ins(&HeaderMap::new()));
    }
}
