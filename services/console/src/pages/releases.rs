//! What is loaded, and how the service does.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use medcover_contract_terminology::{
    ChapterStatistics, OperationFigures, PopularQuery, ReleaseInfo, Statistics,
};
use medcover_http::InCall;

use super::{Section, Shell};
use crate::answer::{Failure, html};
use crate::{Console, figures};

/// Most frequent queries listed.
const POPULAR: usize = 10;

pub(crate) async fn page(
    State(console): State<Console>,
    InCall(call): InCall,
) -> Result<Response, Failure> {
    let terminology = &console.terminology;
    let shown = async {
        let releases = terminology.releases(&call).await?;
        let statistics = terminology.get_performance_stats(&call).await?;
        let chapters = terminology.chapter_statistics(&call).await?;
        let popular = terminology.popular_searches(&call).await?;
        let shell = console.shell(Section::Releases);
        let page = ReleasesPage::of(shell, releases, &statistics, &chapters, &popular);
        Ok(html(StatusCode::OK, &page))
    };
    console.answer(shown).await
}

#[derive(Template)]
#[template(path = "releases.html")]
struct ReleasesPage {
    shell: Shell,
    releases: Vec<Release>,
    uptime: String,
    operations: Vec<Operation>,
    chapters: Vec<Chapter>,
    popular: Vec<Popular>,
}

impl ReleasesPage {
    fn of(
        shell: Shell,
        releases: Vec<ReleaseInfo>,
        statistics: &Statistics,
        chapters: &[ChapterStatistics],
        popular: &[PopularQuery],
    ) -> Self {
        Self {
            shell,
            releases: releases
                .into_iter()
                .map(|r| Release::of(r, statistics))
                .collect(),
            uptime: figures::uptime(statistics.uptime_s),
            operations: statistics.operations.iter().map(Operation::of).collect(),
            chapters: chapters.iter().map(Chapter::of).collect(),
            popular: popular.iter().take(POPULAR).map(Popular::of).collect(),
        }
    }
}

struct Release {
    info: ReleaseInfo,
    concepts: String,
    billable: String,
    /// Known of the current release only.
    terms: Option<String>,
}

impl Release {
    fn of(info: ReleaseInfo, statistics: &Statistics) -> Self {
        let mut systems = statistics.systems.iter();
        let figures = systems.find(|s| s.system == info.system && s.version == info.version);
        Self {
            concepts: figures::grouped(info.concepts),
            billable: figures::grouped(info.billable),
            terms: figures.map(|system| figures::grouped(system.terms)),
            info,
        }
    }
}

struct Operation {
    name: String,
    count: String,
    errors: String,
    mean: String,
    p50: String,
    p95: String,
    p99: String,
}

impl Operation {
    fn of(figures: &OperationFigures) -> Self {
        Self {
            name: figures.operation.clone(),
            count: figures::grouped(figures.count),
            errors: figures::grouped(figures.errors),
            mean: figures::micros(figures.mean_us),
            p50: figures::micros(figures.p50_us),
            p95: figures::micros(figures.p95_us),
            p99: figures::micros(figures.p99_us),
        }
    }
}

struct Chapter {
    number: u8,
    title: String,
    codes: String,
    billable: String,
}

impl Chapter {
    fn of(chapter: &ChapterStatistics) -> Self {
        Self {
            number: chapter.chapter,
            title: chapter.title.clone(),
            codes: figures::grouped(chapter.total_codes),
            billable: figures::grouped(chapter.billable_codes),
        }
    }
}

struct Popular {
    query: String,
    count: String,
}

impl Popular {
    fn of(popular: &PopularQuery) -> Self {
        Self {
            query: popular.query.clone(),
            count: figures::grouped(popular.search_count),
        }
    }
}
