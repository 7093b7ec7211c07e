//! How long each indexed query takes on PostgreSQL: copies the rows that `cargo xtask generate terms` wrote, builds the indexes,
//! and asks each query a few hundred times, one after the other.
//!
//! `cargo run --release -p medcover-terminology --example table_search -- FILE [ASKED]`
#![expect(clippy::print_stdout, reason = "it prints what it measured")]

use std::error::Error;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{Clock, SystemClock};
use medcover_store::PostgresOptions;
use medcover_terminology::load::Progress;
use medcover_terminology::{Icd10Tables, IndexedQuery, Sample};
use medcover_terms::source::{Level, SourceConcept};
use medcover_testkit::PostgresServer;

const RELEASE: &str = "generated";
/// How often each query is asked unless the command line says otherwise.
const ASKED: usize = 300;
/// Rows between two lines of progress.
const TOLD_EVERY: u64 = 250_000;

struct Told {
    clock: SystemClock,
    rows: u64,
}

impl Progress for Told {
    fn begin(&mut self, _label: &str, _total: Option<u64>) {}

    fn advance(&mut self, units: u64) {
        self.rows += units;
        if self.rows.is_multiple_of(TOLD_EVERY) {
            let seconds = self.clock.elapsed().as_secs_f64();
            println!("{} rows copied after {seconds:.1} s", self.rows);
        }
    }

    fn finish(&mut self) {}
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("give the file of rows")?;
    let asked = arguments.next().map_or(Ok(ASKED), |it| it.parse())?;
    let clock = Arc::new(SystemClock::new());
    let server = PostgresServer::start()?;
    let options = PostgresOptions {
        statement_timeout: Duration::from_mins(10),
        ..PostgresOptions::new(server.url(), "terminology", "")
    };
    let tables = Icd10Tables::open_to_fill(&options, clock.clone()).await?;
    let began = clock.elapsed();
    let mut told = Told {
        clock: *clock,
        rows: 0,
    };
    let lines = BufReader::with_capacity(1 << 20, File::open(file)?).lines();
    let rows = lines.map_while(|line| concept(&line.ok()?));
    let copied = tables
        .copy_concepts(RELEASE, rows, &*clock, &mut told)
        .await?;
    let copying = clock.elapsed().saturating_sub(began);
    let rate = copied as f64 / copying.as_secs_f64();
    println!(
        "copied {copied} rows in {:.1} s, {rate:.0} a second",
        copying.as_secs_f64()
    );
    tables.close().await;
    let began = clock.elapsed();
    let tables = Icd10Tables::open(&options, clock.clone()).await?;
    let building = clock.elapsed().saturating_sub(began);
    println!(
        "built the indexes, partition by partition, in {:.1} s",
        building.as_secs_f64()
    );
    let every = i64::try_from(copied / asked as u64 / 2)?.max(1);
    let mut samples = tables.samples(RELEASE, every).await?;
    samples.truncate(asked);
    println!("\n| index | asked | rows | p50 ms | p99 ms |\n|---|--:|--:|--:|--:|");
    for query in tables.indexed_queries() {
        measure(&tables, &query, &samples, &clock).await?;
    }
    tables.close().await;
    Ok(())
}

/// A line of the file, with the code of its parent.
fn concept(line: &str) -> Option<(SourceConcept, Option<String>)> {
    let columns: Vec<_> = line.split('\t').collect();
    let [code, parent, chapter, level, billable, active, title] = columns[..] else {
        return None;
    };
    let concept = SourceConcept {
        code: code.to_owned(),
        level: match level {
            "2" => Level::Category,
            _ => Level::Subcategory,
        },
        title: title.to_owned(),
        billable: billable == "t",
        active: active == "t",
        chapter: chapter.parse().ok()?,
        ..SourceConcept::default()
    };
    Some((concept, (!parent.is_empty()).then(|| parent.to_owned())))
}

async fn measure(
    tables: &Icd10Tables,
    query: &IndexedQuery,
    samples: &[Sample],
    clock: &SystemClock,
) -> Result<(), Box<dyn Error>> {
    let mut took = Vec::with_capacity(samples.len());
    let mut rows = 0;
    for sample in samples {
        let began = clock.elapsed();
        rows += tables.ask(query, sample).await?;
        took.push(clock.elapsed().saturating_sub(began));
    }
    took.sort_unstable();
    let at = |share: f64| {
        let place = (took.len() as f64 * share) as usize;
        let took = took[place.min(took.len() - 1)];
        took.as_secs_f64() * 1_000.0
    };
    println!(
        "| `{}` | {} | {} | {:.2} | {:.2} |",
        query.index,
        samples.len(),
        rows / samples.len(),
        at(0.5),
        at(0.99)
    );
    Ok(())
}
