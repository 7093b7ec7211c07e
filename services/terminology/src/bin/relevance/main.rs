//! `cargo xtask relevance [FILE] [--update] [--misses SET]`: how often search finds what was meant.
//!
//! Queries come from a file (`set<TAB>query<TAB>accepted codes, separated by |`) and from the release itself: titles,
//! beginnings of titles, British spelling, slips of the finger, all drawn by a fixed seed. Each goes through the same use
//! case as a request over HTTP. A code accepts itself and what lies below it. The figures are compared with those in
//! `docs/bench/relevance.json`, and a drop fails the command.

#![expect(clippy::print_stdout, reason = "a command that prints its figures")]

mod baseline;
mod calibration;
mod generated;
mod measure;
mod queries;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{Call, Clock, Error, Result, SystemClock, SystemRng};
use medcover_telemetry::Metrics;
use medcover_terminology::load::fetch::Fetcher;
use medcover_terminology::load::{Quiet, SystemKind};
use medcover_terminology::{Deps, Terminology, TerminologyConfig, load_release};

use measure::Figures;

#[derive(Default)]
struct Options {
    file: Option<PathBuf>,
    /// Write the figures as the new baseline.
    update: bool,
    /// Print the queries of this set whose first hit is not accepted.
    misses: Option<String>,
}

fn main() -> ExitCode {
    let options = match options(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(problem) => {
            println!("{problem}\nusage: cargo xtask relevance [FILE] [--update] [--misses SET]");
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn options(arguments: impl Iterator<Item = String>) -> std::result::Result<Options, String> {
    let mut options = Options::default();
    let mut arguments = arguments;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--update" => options.update = true,
            "--misses" => {
                options.misses = Some(arguments.next().ok_or("--misses needs the name of a set")?);
            }
            flag if flag.starts_with('-') => return Err(format!("{flag} is not an option")),
            file => options.file = Some(PathBuf::from(file)),
        }
    }
    Ok(options)
}

/// Measures, prints, compares; whether nothing dropped.
fn run(options: &Options) -> Result<bool> {
    let terminology = open()?;
    let set = terminology.releases().load_full();
    let release = set.icd10cm()?;
    let mut sets = generated::sets(release.release());
    if let Some(file) = &options.file {
        sets.extend(queries::read(file)?);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(Error::internal)?;
    let api = terminology.api();
    let mut all = Vec::new();
    println!("{}", Figures::HEADING);
    for queries in &sets {
        let answers = runtime.block_on(measure::ask(&*api, &call(), queries))?;
        let judged = measure::judge(release.release(), queries, &answers);
        let figures = Figures::of(queries, &judged);
        println!("{figures}");
        if options.misses.as_deref() == Some(&queries.name) {
            measure::print_misses(queries, &answers, &judged);
        }
        all.push((figures, judged));
    }
    for (origin, figures) in [
        ("release", measure::mean(&all, false)),
        ("file", measure::mean(&all, true)),
    ] {
        if let Some(mean) = figures {
            println!("{mean}  over the sets of the {origin}");
        }
    }
    let reliability = calibration::Reliability::of(all.iter().map(|(_, judged)| judged));
    println!("\n{reliability}");
    baseline::compare(
        &workspace().join("docs/bench/relevance.json"),
        &all,
        &reliability,
        options.update,
    )
}

/// The release that this build knows, compiled under `target/` when that is not done yet.
fn open() -> Result<Terminology> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let data = workspace().join("target/relevance");
    let deps = Deps {
        config: TerminologyConfig::default(),
        data: data.clone(),
        clock: Arc::clone(&clock),
        metrics: Arc::new(Metrics::default()),
        store: None,
        tables: None,
        cache: None,
    };
    let terminology = Terminology::new(deps.clone());
    if terminology.releases().load().icd10cm().is_ok() {
        return Ok(terminology);
    }
    let fetcher = Fetcher {
        folder: workspace().join("target/sources"),
        enabled: true,
    };
    let inputs = fetcher.known("icd10cm", &mut Quiet)?;
    load_release(
        &data,
        &inputs,
        &SystemKind::Icd10Cm,
        None,
        &*clock,
        &mut Quiet,
    )?;
    Ok(Terminology::new(deps))
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn call() -> Call {
    Call::operator(Duration::from_hours(1), &SystemClock::new(), &SystemRng)
}

#[cfg(test)]
mod tests {
    /// The gate: what search finds does not get worse unnoticed. Without the release, and no way to fetch it, the test
    /// says so.
    #[test]
    fn relevance_does_not_drop() {
        if let Err(error) = super::open() {
            println!("skipped, the release cannot be had: {error}");
            return;
        }
        let development = super::workspace().join("../shared/data/relevance-dev.tsv");
        let options = super::Options {
            file: development.exists().then_some(development),
            ..super::Options::default()
        };
        assert!(
            super::run(&options).expect("it can be measured"),
            "see the figures above"
        );
    }
}
