//! Titles that are searched in an index, beside the same search without it.

use std::sync::Arc;

use medcover_kernel::{Clock as _, SystemClock};
use medcover_store::{PostgresOptions, ReferenceTables};
use medcover_terminology::Sample;

use super::{Ratio, Way, times};
use crate::ask::{Asked, since};
use crate::measure::{Budget, Times};
use crate::server::{Loaded, run};
use crate::{Outcome, find};

/// GIN answers in bitmaps only, so who may not use them has no such index.
const WITHOUT: &str =
    "CREATE ROLE plain LOGIN SUPERUSER; ALTER ROLE plain SET enable_bitmapscan = off";

pub(crate) async fn measure(
    loaded: &Loaded,
    queries: &[Asked],
    samples: &[Sample],
    budget: Budget,
) -> Outcome<Vec<Ratio>> {
    run(&mut loaded.session().await?, WITHOUT).await?;
    let url = loaded.server.url_by("plain", &[loaded.server.addr()]);
    let options = PostgresOptions {
        url,
        ..loaded.options()
    };
    let clock = SystemClock::new();
    let with = loaded.look()?;
    let without = ReferenceTables::look(&options, Arc::new(clock))?;
    let mut found = Vec::new();
    for (asks, what, stated) in [
        ("similar titles", "trigram index ÷ none", "5 ×"),
        ("titles by words", "index of words ÷ none", "–"),
    ] {
        eprintln!("{what}");
        let query = find(queries, asks)?;
        let (mut plain, mut ours) = (Times::default(), Times::default());
        let mut rows = 0;
        let end = clock.elapsed() + budget.span * 2;
        for sample in samples.iter().take(budget.asked) {
            if clock.elapsed() > end {
                break;
            }
            let began = clock.elapsed();
            let here = query.ask(&with, sample).await?;
            ours.push(since(&clock, began));
            let began = clock.elapsed();
            let there = query.ask(&without, sample).await?;
            plain.push(since(&clock, began));
            if here != there {
                return Err(format!("{asks}: {here} rows with the index, {there} without").into());
            }
            rows += here;
        }
        let first = samples.first().ok_or("there is nothing to ask for")?;
        let used = query.plan(&with, first).await?.uses_index;
        let (plain, ours) = (plain.timing(), ours.timing());
        let mean = rows as f64 / ours.count.max(1) as f64;
        let used = if used { "uses" } else { "passes over" };
        found.push(Ratio {
            what,
            stated,
            found: times(plain.mean_ms / ours.mean_ms),
            why: format!(
                "without the index every title is looked at; with it, every title that shares enough with the query is, and there \
                 are more of those the more titles are made of the same words. The planner {used} the index; an answer has {mean:.1} rows"
            ),
            plain: Way::of("every title is read", plain),
            ours: Way::of("with the index", ours),
            parts: Vec::new(),
        });
    }
    with.close().await;
    without.close().await;
    Ok(found)
}
