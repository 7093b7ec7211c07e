//! `bench cache`: the cache in process beside quick_cache and moka alone, on the same keys in the same run.

mod hits;
mod invalidation;
mod keys;
mod report;
mod uses;

use anyhow::{Result, bail};
use clap::Args;

use crate::machine::Machine;
use crate::output;
use report::Report;

#[derive(Args)]
pub struct Options {
    /// A run of seconds that shows that everything works; its figures are not written.
    #[arg(long)]
    quick: bool,
    /// Print the figures, and leave docs/bench as it is.
    #[arg(long)]
    dry: bool,
}

pub fn run(options: &Options) -> Result<()> {
    let machine = Machine::facts();
    let slices = if options.quick { 200 } else { 5_000 };
    let report = Report {
        command: "cargo xtask bench cache",
        machine,
        slices,
        hits: hits::measure(slices),
        uses: uses::measure(if options.quick { 200 } else { 5_000 }),
        invalidation: invalidation::measure(if options.quick { 500 } else { 20_000 }),
    };
    print!("{}", report.table());
    if !options.quick && !options.dry {
        output::write("cache", &report, &report.markdown())?;
    }
    let missed = report.missed();
    if !missed.is_empty() && !options.quick {
        bail!("not reached:\n  {}", missed.join("\n  "));
    }
    Ok(())
}
