//! Changes of headers, as a policy wants them.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use medcover_policy::HeaderChange;

/// Takes away, then sets. A policy that was checked has names and values that are well-formed.
pub(super) fn change(headers: &mut HeaderMap, change: &HeaderChange) {
    for name in &change.remove {
        headers.remove(name.as_str());
    }
    for (name, value) in &change.set {
        let pair = (name.parse::<HeaderName>(), HeaderValue::from_str(value));
        if let (Ok(name), Ok(value)) = pair {
            headers.insert(name, value);
        }
    }
}
