//! What answers without credentials, and why. Nothing else does: a server that mounts another public address does not start.

use anyhow::{Result, bail};
use medcover_http::Spec;

/// Refuses public addresses that are not listed.
pub(crate) fn check(mounted: &[&Spec]) -> Result<()> {
    let is_listed = |name: &str| PUBLIC.iter().any(|(_, names)| names.contains(&name));
    let mut public = mounted.iter().filter(|spec| spec.is_public());
    match public.find(|spec| !is_listed(spec.operation)) {
        Some(spec) => bail!(
            "`{}` would answer without credentials, and is not listed",
            spec.operation
        ),
        None => Ok(()),
    }
}

/// Operations by name, in groups with the reason of each.
pub(crate) const PUBLIC: &[(&str, &[&str])] = &[
    (
        "terminology is shared, and names nobody",
        &[
            "search_icd10",
            "autocomplete_icd10",
            "advanced_search",
            "unified_search",
            "get_code_details",
            "batch_code_lookup",
            "check_codes",
            "children",
            "siblings",
            "ancestors",
            "clinical_analysis",
            "get_performance_stats",
            "chapter_statistics",
            "popular_searches",
            "releases",
        ],
    ),
    (
        "the console shows terminology only",
        &[
            "search_page",
            "search_results",
            "code_page",
            "code_branch",
            "analysis_page",
            "analysis_result",
            "releases_page",
            "console_asset",
        ],
    ),
    (
        "whoever signs in has no token yet",
        &["sign_in", "refresh", "accept_invitation"],
    ),
    (
        "whoever checks tokens needs the public keys",
        &["jwks", "discovery"],
    ),
    (
        "probes have no credentials",
        &["health", "health_live", "health_ready"],
    ),
    (
        "it shows what the caller's own address or key has used",
        &["limits_usage"],
    ),
    (
        "how to use the API is no secret",
        &["openapi", "docs", "docs_style", "problems", "problem"],
    ),
    (
        "on the address of operators alone, which is loopback unless told otherwise",
        &["metrics"],
    ),
];
