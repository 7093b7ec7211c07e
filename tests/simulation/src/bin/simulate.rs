//! `cargo xtask simulate`: many seeds, or one of them in words.
#![expect(clippy::print_stdout, reason = "what it finds is what it is for")]

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::Parser;
use medcover_kernel::{Clock as _, SystemClock};
use medcover_simulation::world::{Bug, Plan, Report, run};

const REQUESTS: usize = Plan::of_seed(0).requests;

/// Simulates the bank over a store in memory whose power goes, whose nodes die and whose clock jumps.
#[derive(Parser)]
#[command(name = "cargo xtask simulate")]
struct Arguments {
    /// How many seeds.
    #[arg(long, default_value_t = 300)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Only this seed, with all that happens in words.
    #[arg(long, conflicts_with_all = ["seeds", "from"])]
    seed: Option<u64>,
    /// Requests a seed.
    #[arg(long, default_value_t = REQUESTS)]
    requests: usize,
    /// Plants a bug, to see that it is found.
    #[arg(long, value_enum, hide = true)]
    bug: Option<Bug>,
}

/// What all seeds came to.
#[derive(Default)]
struct Sums {
    answered: u64,
    events: u64,
    faults: u64,
    failed: Vec<(u64, String)>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.seed {
        Some(seed) => one(&arguments, seed),
        None => many(&arguments),
    }
}

impl Arguments {
    fn plan(&self, seed: u64) -> Plan {
        Plan {
            seed,
            requests: self.requests,
            bug: self.bug,
            keep_lines: self.seed.is_some(),
        }
    }
}

fn one(arguments: &Arguments, seed: u64) -> ExitCode {
    let report = run(&arguments.plan(seed));
    for line in &report.lines {
        println!("{line}");
    }
    println!(
        "seed {seed}: {} requests, {} events, {} faults, digest {:016x}: {}",
        report.answered,
        report.events,
        report.faults,
        report.digest,
        report.finding.as_deref().unwrap_or("clean")
    );
    verdict(report.finding.is_none())
}

fn many(arguments: &Arguments) -> ExitCode {
    let clock = SystemClock::new();
    let (next, sums) = (AtomicU64::new(arguments.from), Mutex::<Sums>::default());
    let end = arguments.from + arguments.seeds;
    let threads = std::thread::available_parallelism().map_or(1, Into::into);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        return;
                    }
                    let report = run(&arguments.plan(seed));
                    sums.lock()
                        .expect("nobody panics under it")
                        .add(seed, report);
                }
            });
        }
    });
    let sums = sums.into_inner().expect("nobody panics under it");
    for (seed, finding) in &sums.failed {
        println!(
            "seed {seed}: {finding}\n  cargo xtask simulate --seed {seed}{}",
            arguments.rest()
        );
    }
    println!(
        "{} seeds from {}: {} requests, {} events, {} faults, {} seeds with findings; {:.1} s",
        arguments.seeds,
        arguments.from,
        sums.answered,
        sums.events,
        sums.faults,
        sums.failed.len(),
        clock.elapsed().as_secs_f64()
    );
    verdict(sums.failed.is_empty())
}

impl Arguments {
    /// What must be said beside the seed to repeat a run.
    fn rest(&self) -> String {
        match self.requests {
            REQUESTS => String::new(),
            requests => format!(" --requests {requests}"),
        }
    }
}

impl Sums {
    fn add(&mut self, seed: u64, report: Report) {
        self.answered += report.answered as u64;
        self.events += report.events;
        self.faults += report.faults as u64;
        self.failed
            .extend(report.finding.map(|finding| (seed, finding)));
    }
}

fn verdict(clean: bool) -> ExitCode {
    if clean {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
