//! Another path, as a policy wants it.

use axum::http::Uri;
use axum::http::uri::{Parts, PathAndQuery};
use medcover_policy::Rewrite;

/// Gives `uri` its other beginning; its query stays. What would be no address stays as it is.
pub(super) fn rewrite(rewrite: &Rewrite, uri: &mut Uri) {
    let Some(path) = rewrite.path(uri.path()) else {
        return;
    };
    let text = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let Ok(path) = text.parse::<PathAndQuery>() else {
        return;
    };
    let mut parts = Parts::from(std::mem::take(uri));
    parts.path_and_query = Some(path);
    if let Ok(rewritten) = Uri::from_parts(parts) {
        *uri = rewritten;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_and_whatever_else_an_address_has_stay() {
        let rule = Rewrite {
            from: "/icd".to_owned(),
            to: "/api/v1/codes".to_owned(),
        };
        for (before, after) in [
            ("/icd/E11.9?a=%20&b", "/api/v1/codes/E11.9?a=%20&b"),
            ("http://a.example/icd", "http://a.example/api/v1/codes"),
            ("/icd10?a", "/icd10?a"),
        ] {
            let mut uri: Uri = before.parse().expect("an address");
            rewrite(&rule, &mut uri);
            assert_eq!(uri, after);
        }
    }
}
