//! Every address of the console.

use medcover_http::{Endpoint, Routes};

use crate::{Console, assets, pages};

static SEARCH: Endpoint = page("search_page", "/").summary("Search, with its results.");
static RESULTS: Endpoint = page("search_results", "/results")
    .summary("The results alone.")
    .weight_percent(10);
static CODE: Endpoint = page("code_page", "/codes/{code}").summary("A code.");
static BRANCH: Endpoint = page("code_branch", "/codes/{code}/branch")
    .summary("What lies below.")
    .weight_percent(25);
static ANALYSIS: Endpoint = page("analysis_page", "/analysis").summary("Asks for symptoms.");
static ANALYSE: Endpoint = Endpoint::post("analysis_result", "/analysis")
    .summary("Codes that fit the symptoms.")
    .public()
    .undescribed();
static RELEASES: Endpoint = page("releases_page", "/releases").summary("What is loaded.");
static ASSET: Endpoint = page("console_asset", "/static/{hash}/{name}")
    .summary("A file.")
    .weight_percent(10);

const fn page(operation: &'static str, path: &'static str) -> Endpoint {
    Endpoint::get(operation, path).public().undescribed()
}

impl Console {
    /// The pages, fragments and files of the console. They need no credentials: they show terminology only.
    pub fn routes(self) -> Routes<Self> {
        Routes::new(self)
            .add(&SEARCH, pages::search::page)
            .add(&RESULTS, pages::search::results)
            .add(&CODE, pages::code::page)
            .add(&BRANCH, pages::code::branch)
            .add(&ANALYSIS, pages::analysis::empty)
            .add(&ANALYSE, pages::analysis::page)
            .add(&RELEASES, pages::releases::page)
            .add(&ASSET, assets::serve)
    }
}
