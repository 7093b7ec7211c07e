//! `bench search`: the index in process beside Tantivy and PostgreSQL, on the same queries in the same run.

pub mod class;
mod engine;
mod measure;
mod ours;
pub mod pools;
mod postgres;
mod postgres_server;
mod report;
mod tantivy;
mod typing;

use anyhow::{Result, bail};
use clap::Args;

use crate::corpus::Corpus;
use crate::machine::Machine;
use crate::output;
use class::Class;
use ours::Ours;
use postgres::Postgres;
use report::Report;
use tantivy::{Expansion, Tantivy};

/// Queries of each class in a full run.
const POOL: usize = 2_000;
/// And where the run only shows that everything works.
const QUICK_POOL: usize = 60;

#[derive(Args)]
pub struct Options {
    /// A run of seconds that shows that everything works; its figures are not written.
    #[arg(long)]
    quick: bool,
    /// Without PostgreSQL, where it is not installed.
    #[arg(long)]
    without_postgres: bool,
    /// Only medcover's own index.
    #[arg(long)]
    ours_only: bool,
    /// Print the figures, and leave docs/bench as it is.
    #[arg(long)]
    dry: bool,
    /// Tell this many of the slowest queries of each class, too.
    #[arg(long, default_value_t = 0, value_name = "COUNT")]
    slowest: usize,
    /// What the queries are made from.
    #[arg(long, default_value_t = 2026)]
    seed: u64,
}

pub fn run(options: &Options) -> Result<()> {
    let machine = Machine::facts();
    eprintln!("loading the release");
    let corpus = Corpus::load()?;
    let count = if options.quick { QUICK_POOL } else { POOL };
    let pools: Vec<_> = Class::ALL
        .iter()
        .map(|&class| (class, pools::pool(&corpus, class, count, options.seed)))
        .collect();
    let mut report = Report::new(machine, count, options.seed);
    // One engine lives at a time, so that none works beside another.
    measure::all(
        &mut Ours::new(&corpus),
        &corpus,
        &pools,
        &mut report,
        options.slowest,
    )?;
    if !options.ours_only {
        let mut tantivy = Tantivy::build(&corpus)?;
        measure::all(&mut tantivy, &corpus, &pools, &mut report, options.slowest)?;
        let mut tantivy = tantivy.expanding(Expansion::Unknown);
        let misspelt: Vec<_> = pools.iter().filter(|(class, _)| class.misspelt()).collect();
        measure::all(
            &mut tantivy,
            &corpus,
            misspelt,
            &mut report,
            options.slowest,
        )?;
        drop(tantivy);
        if !options.without_postgres {
            let mut postgres = Postgres::start(&corpus)?;
            measure::all(&mut postgres, &corpus, &pools, &mut report, options.slowest)?;
        }
    }
    print!("{}", report.table());
    let whole = !options.quick && !options.without_postgres && !options.ours_only;
    if whole && !options.dry {
        output::write("search", &report, &report.markdown())?;
    }
    let missed = report.missed();
    if !missed.is_empty() && !options.quick {
        bail!("not reached:\n  {}", missed.join("\n  "));
    }
    Ok(())
}
