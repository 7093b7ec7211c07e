//! The pages behind the `type` of a problem: what each kind means and what to do.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use medcover_http::{ApiResult, Conditional, Endpoint, Path, Routes};
use medcover_kernel::Error;
use serde::Deserialize;

static PROBLEMS: Endpoint = Endpoint::get("problems", "/problems")
    .public()
    .weight_percent(0)
    .undescribed();
static PROBLEM: Endpoint = Endpoint::get("problem", "/problems/{slug}")
    .public()
    .weight_percent(0)
    .undescribed();

macro_rules! pages {
    ($($slug:literal),* $(,)?) => {
        &[$(($slug, include_str!(concat!("../../../docs/problems/", $slug, ".md")))),*]
    };
}

/// Every kind of problem with its page, by name.
static PAGES: &[(&str, &str)] = pages![
    "adjudication-unbalanced",
    "adjudication-withdrawn",
    "allocation-closed",
    "amount-out-of-range",
    "authorisation-exhausted",
    "benefit-exhausted",
    "body-too-large",
    "caller-not-listed",
    "circuit-open",
    "claim-differs",
    "claim-paid",
    "conflict",
    "credentials-limited",
    "currency-differs",
    "deadline-exceeded",
    "diagnosis-refused",
    "egress-not-listed",
    "exceeds-open",
    "exceeds-unapplied",
    "fault-injected",
    "forbidden",
    "id-closed",
    "id-taken",
    "idempotency-key-missing",
    "idempotency-key-reused",
    "identifier-taken",
    "illegal-transition",
    "incomplete-body",
    "internal",
    "invalid-json",
    "invalid-request",
    "invoice-exists",
    "later-version",
    "load-shed",
    "method-not-allowed",
    "name-taken",
    "no-agent",
    "no-instance",
    "no-payer",
    "no-premium",
    "no-slot",
    "no-such-slot",
    "not-due",
    "not-found",
    "nothing-payable",
    "nothing-to-bill",
    "other-wish",
    "patient-taken",
    "payment-in-doubt",
    "period-closed",
    "period-not-over",
    "premium-not-due",
    "rate-limited",
    "refund-exceeds-payment",
    "refund-in-flight",
    "release-refused",
    "release-too-large",
    "release-unavailable",
    "remittance-negative",
    "remittance-not-charged-back",
    "remittance-trace-reused",
    "request-timeout",
    "saga-exists",
    "saga-running",
    "saga-state",
    "schedule-moved",
    "second-person-needed",
    "slot-taken",
    "still-running",
    "too-many",
    "unauthenticated",
    "unavailable",
    "unsupported-media-type",
    "uri-too-long",
    "version-changed",
    "visit-not-coded",
    "wrong-password",
    "zone-fixed",
];

pub(crate) fn routes() -> Routes {
    Routes::new(()).add(&PROBLEMS, list).add(&PROBLEM, page)
}

async fn list(held: Conditional) -> Response {
    let lines = PAGES.iter().map(|(slug, page)| {
        let title = page.lines().next().unwrap_or_default();
        format!("/problems/{slug}  {}\n", title.trim_start_matches("# "))
    });
    let text = lines.collect::<String>();
    held.answer(text.as_bytes(), || plain(&text))
}

#[derive(Deserialize)]
struct Named {
    slug: String,
}

async fn page(held: Conditional, Path(named): Path<Named>) -> ApiResult<Response> {
    let (_, page) = PAGES
        .iter()
        .find(|(slug, _)| *slug == named.slug)
        .ok_or_else(|| Error::not_found("There is no such kind of problem."))?;
    Ok(held.answer(page.as_bytes(), || plain(page)))
}

/// Markdown is meant to be read as it is; browsers show plain text rather than saving it.
fn plain(text: &str) -> Response {
    (
        [(CONTENT_TYPE, "text/plain; charset=utf-8")],
        text.to_owned(),
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    fn sources(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() && path.file_name().is_some_and(|name| name != "tests") {
                sources(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("a text file");
                // Tests of a module make up kinds of their own.
                let text = text.split("#[cfg(test)]").next().unwrap_or_default();
                found.push(text.split_whitespace().collect::<Vec<_>>().join(" "));
            }
        }
    }

    /// The names that stand after a kind or status (`ErrorKind::Refused, "release-refused"`), or come first in what a service
    /// makes its refusals with (`refused("claim-paid"`), or are constants beside a refusal that names its `slug`.
    fn slugs(text: &str) -> impl Iterator<Item = &str> {
        let is_name = |slug: &&str| {
            let is_name = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
            slug.contains('-') && slug.bytes().all(is_name)
        };
        let makers = [
            "refused( \"",
            "refused(\"",
            "conflict( \"",
            "conflict(\"",
            "Error::new(kind, \"",
        ];
        let named = text.contains("slug: ").then_some(": &str = \"");
        let made = makers
            .into_iter()
            .chain(named)
            .flat_map(|start| text.split(start).skip(1));
        let made = made
            .filter_map(|rest| rest.split('"').next())
            .filter(is_name);
        let starts = ["ErrorKind::", "StatusCode::"];
        let places = starts
            .into_iter()
            .flat_map(|start| text.split(start).skip(1));
        let told = places.filter_map(|rest| {
            let (kind, rest) = rest.split_once(", \"")?;
            let (slug, _) = rest.split_once('"')?;
            let is_kind = kind
                .bytes()
                .all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
            let is_name = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
            (is_kind && slug.bytes().all(is_name)).then_some(slug)
        });
        made.chain(told)
    }

    #[test]
    fn every_kind_that_the_code_answers_has_its_page() {
        let mut found = Vec::new();
        for folder in ["app/src", "core", "libs", "contracts", "services"] {
            sources(&root().join(folder), &mut found);
        }
        let used: BTreeSet<_> = found.iter().flat_map(|text| slugs(text)).collect();
        let told: BTreeSet<_> = PAGES.iter().map(|(slug, _)| *slug).collect();
        let unknown: Vec<_> = used.symmetric_difference(&told).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn every_page_file_is_served_and_says_cause_and_remedy() {
        let folder = std::fs::read_dir(root().join("docs/problems")).expect("the folder");
        let files: BTreeSet<_> = folder
            .map(|entry| entry.expect("an entry").path())
            .map(|path| {
                path.file_stem()
                    .expect("a name")
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        let served: BTreeSet<_> = PAGES.iter().map(|(slug, _)| (*slug).to_owned()).collect();
        assert_eq!(files, served);
        for (slug, page) in PAGES {
            for heading in ["# ", "## Cause", "## Remedy"] {
                assert!(
                    page.lines().any(|line| line.starts_with(heading)),
                    "{slug} has no {heading}"
                );
            }
        }
    }
}
