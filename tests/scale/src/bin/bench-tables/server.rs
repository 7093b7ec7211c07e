//! A server of PostgreSQL's with rows that were made up, loaded as `medcover load icd10cm-table` loads.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{Clock as _, Rng as _, SeededRng, SystemClock};
use medcover_scale::terms;
use medcover_store::{PostgresOptions, ReferenceTables};
use medcover_terminology::load::{Progress, TableRows};
use medcover_terminology::{Icd10Tables, Sample, TableLoad};
use medcover_testkit::PostgresServer;
use serde::Serialize;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::Outcome;
use crate::ask::{self, Asked, since};

/// The schema of the tables, and the release in them.
pub(crate) const SCHEMA: &str = "terminology";
pub(crate) const RELEASE: &str = "generated";
/// For rows that fill a good part of the memory.
pub(crate) const LARGE: [&str; 5] = [
    "shared_buffers=2GB",
    "maintenance_work_mem=1GB",
    "max_wal_size=4GB",
    "effective_cache_size=12GB",
    "max_connections=50",
];
/// For as many as ICD-10-CM has.
pub(crate) const SMALL: [&str; 3] = [
    "shared_buffers=256MB",
    "maintenance_work_mem=256MB",
    "max_connections=50",
];
/// Samples are chosen from so many times as many.
const CHOSEN_FROM: u64 = 4;
/// Bytes that are read or written at once.
const AT_ONCE: usize = 1 << 20;

/// A server with its rows.
pub(crate) struct Loaded {
    pub(crate) server: PostgresServer,
    pub(crate) rows: u64,
    pub(crate) figures: Loading,
}

/// How the rows came there.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Loading {
    pub(crate) codes: u64,
    /// Of the file.
    pub(crate) megabytes: f64,
    pub(crate) generating_s: f64,
    /// Each step of the load, in its order, in seconds.
    pub(crate) steps: Vec<(String, f64)>,
    /// The most memory that this process has had by then, which made the rows and sent them.
    pub(crate) peak_mb: f64,
    /// What the database takes on the disk.
    pub(crate) database_mb: f64,
}

impl Loaded {
    /// Starts a server with `settings` and loads `rows` codes. It may not be called on a runtime.
    pub(crate) fn start(
        rows: u64,
        seed: u64,
        settings: &[&str],
        clock: &SystemClock,
    ) -> Outcome<Self> {
        let server = PostgresServer::with(settings)?;
        let folder = tempfile::Builder::new()
            .prefix("medcover-tables-")
            .tempdir()?;
        let place = folder.path().join("rows.tsv");
        let began = clock.elapsed();
        let mut file = BufWriter::with_capacity(AT_ONCE, File::create(&place)?);
        terms::write(&mut file, rows, seed)?;
        file.flush()?;
        let generating_s = since(clock, began).as_secs_f64();
        let mut loaded = Self {
            server,
            rows,
            figures: Loading {
                codes: rows,
                megabytes: std::fs::metadata(&place)?.len() as f64 / 1e6,
                generating_s,
                ..Loading::default()
            },
        };
        loaded.load(&place, clock)?;
        Ok(loaded)
    }

    fn load(&mut self, place: &Path, clock: &SystemClock) -> Outcome<()> {
        let mut told = Told::new(*clock);
        let mut tables = TableLoad::open(&self.options(), Arc::new(*clock))?;
        let file = File::open(place)?;
        let bytes = file.metadata()?.len();
        let rows = BufReader::with_capacity(AT_ONCE, file);
        let mut rows = TableRows::open(place.display().to_string(), Some(bytes), rows)?;
        tables.load_rows(RELEASE, &mut rows, &mut told)?;
        drop(tables);
        self.figures.steps = told.steps;
        self.figures.peak_mb = peak_mb().unwrap_or_default();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let mut session = self.session().await?;
            // As the server does by itself a while after a load.
            run(&mut session, "VACUUM ANALYZE").await?;
            let size = "SELECT pg_database_size(current_database())";
            let size: i64 = sqlx::query_scalar(size).fetch_one(&mut session).await?;
            self.figures.database_mb = size as f64 / 1e6;
            Ok(())
        })
    }

    /// How the tables are opened.
    pub(crate) fn options(&self) -> PostgresOptions {
        PostgresOptions {
            statement_timeout: Duration::from_mins(10),
            ..PostgresOptions::new(self.server.url(), SCHEMA, "")
        }
    }

    /// The tables as they are.
    pub(crate) fn look(&self) -> Outcome<ReferenceTables> {
        let clock = Arc::new(SystemClock::new());
        Ok(ReferenceTables::look(&self.options(), clock)?)
    }

    /// A connection of its own.
    pub(crate) async fn session(&self) -> Outcome<PgConnection> {
        Ok(PgConnection::connect(&self.server.url()).await?)
    }

    /// Everything that is asked.
    pub(crate) async fn queries(&self) -> Outcome<Vec<Asked>> {
        let clock = SystemClock::new();
        let tables = Icd10Tables::open(&self.options(), Arc::new(clock)).await?;
        let queries = tables.indexed_queries().into_iter().map(Asked::of);
        let queries = queries.chain(ask::of_views(&clock)).collect();
        tables.close().await;
        Ok(queries)
    }

    /// `count` codes that lie anywhere, or as many as there are.
    pub(crate) async fn samples(&self, count: usize, seed: u64) -> Outcome<Vec<Sample>> {
        let tables = Icd10Tables::open(&self.options(), Arc::new(SystemClock::new())).await?;
        let every = (self.rows / (count as u64 * CHOSEN_FROM)).max(1);
        let mut samples = tables.samples(RELEASE, i64::try_from(every)?).await?;
        tables.close().await;
        let chance = SeededRng::new(seed);
        for end in (1..samples.len()).rev() {
            samples.swap(end, chance.below(end as u64 + 1) as usize);
        }
        samples.truncate(count);
        Ok(samples)
    }
}

/// Runs statements one after the other, into which no value has entered.
pub(crate) async fn run(session: &mut PgConnection, sql: &str) -> Outcome<()> {
    let sql = AssertSqlSafe(sql.to_owned());
    sqlx::raw_sql(sql).execute(session).await?;
    Ok(())
}

/// The most memory that this process has had, in megabytes.
fn peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024.0 / 1e6)
}

/// Tells the steps of a load, and how far the longest of them is.
struct Told {
    clock: SystemClock,
    step: Option<(String, Duration)>,
    total: Option<u64>,
    done: u64,
    tenth: u64,
    steps: Vec<(String, f64)>,
}

impl Told {
    fn new(clock: SystemClock) -> Self {
        Self {
            clock,
            step: None,
            total: None,
            done: 0,
            tenth: 0,
            steps: Vec::new(),
        }
    }
}

impl Progress for Told {
    fn begin(&mut self, label: &str, total: Option<u64>) {
        self.finish();
        eprintln!("{label}");
        self.step = Some((label.to_owned(), self.clock.elapsed()));
        (self.total, self.done, self.tenth) = (total, 0, 0);
    }

    fn advance(&mut self, units: u64) {
        self.done += units;
        let (Some(total), Some((_, began))) = (self.total, &self.step) else {
            return;
        };
        let tenth = self.done * 10 / total.max(1);
        if tenth > self.tenth {
            self.tenth = tenth;
            let seconds = since(&self.clock, *began).as_secs_f64();
            eprintln!("  {} % after {seconds:.1} s", tenth * 10);
        }
    }

    fn finish(&mut self) {
        if let Some((label, began)) = self.step.take() {
            let seconds = since(&self.clock, began).as_secs_f64();
            self.steps.push((label, seconds));
        }
    }
}
