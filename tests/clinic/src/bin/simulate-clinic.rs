//! `cargo xtask simulate --world clinic`: many seeds, or one of them in words.
#![expect(clippy::print_stdout, reason = "what it finds is what it is for")]

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::Parser;
use medcover_clinic::world::{Bug, Plan, Report, run};
use medcover_kernel::{Clock as _, SystemClock};

const COMMANDS: usize = Plan::of_seed(0).commands;

/// Simulates the services from visit to cash over stores in memory whose power goes, whose nodes die and whose clock jumps.
#[derive(Parser)]
#[command(name = "cargo xtask simulate --world clinic")]
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
    /// Commands a seed.
    #[arg(long, default_value_t = COMMANDS)]
    commands: usize,
    /// Plants a bug, to see that it is found.
    #[arg(long, value_enum, hide = true)]
    bug: Option<Bug>,
}

/// What all seeds came to.
#[derive(Default)]
struct Sums {
    answered: u64,
    done: u64,
    events: u64,
    faults: u64,
    sagas: [usize; 3],
    money: [i128; 2],
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
            commands: self.commands,
            bug: self.bug,
            keep_lines: self.seed.is_some(),
        }
    }

    /// What must be said beside the seed to repeat a run.
    fn rest(&self) -> String {
        match self.commands {
            COMMANDS => String::new(),
            commands => format!(" --commands {commands}"),
        }
    }
}

fn one(arguments: &Arguments, seed: u64) -> ExitCode {
    let report = run(&arguments.plan(seed));
    for line in &report.lines {
        println!("{line}");
    }
    let mut sums = Sums::default();
    let digest = report.digest;
    sums.add(seed, report);
    println!("seed {seed}, digest {digest:016x}: {}", sums.words());
    verdict(&sums)
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
                    let mut sums = sums.lock().expect("nobody panics under it");
                    sums.add(seed, report);
                }
            });
        }
    });
    let sums = sums.into_inner().expect("nobody panics under it");
    for (seed, finding) in &sums.failed {
        let rest = arguments.rest();
        println!(
            "seed {seed}: {finding}\n  cargo xtask simulate --world clinic --seed {seed}{rest}"
        );
    }
    println!(
        "{} seeds from {}: {}; {:.1} s",
        arguments.seeds,
        arguments.from,
        sums.words(),
        clock.elapsed().as_secs_f64()
    );
    verdict(&sums)
}

impl Sums {
    fn add(&mut self, seed: u64, report: Report) {
        self.answered += report.answered as u64;
        self.done += report.done as u64;
        self.events += report.events;
        self.faults += report.faults as u64;
        for (sum, part) in self.sagas.iter_mut().zip(report.sagas) {
            *sum += part;
        }
        for (sum, part) in self.money.iter_mut().zip(report.money) {
            *sum += part;
        }
        self.failed
            .extend(report.finding.map(|finding| (seed, finding)));
    }

    fn words(&self) -> String {
        let [runs, completed, parked] = self.sagas;
        let [captured, paid] = self.money;
        format!(
            "{} commands ({} done), {} events, {} faults, {runs} sagas ({completed} completed, {parked} parked), {captured} \
             captured, {paid} paid by payers, {} seeds with findings",
            self.answered,
            self.done,
            self.events,
            self.faults,
            self.failed.len()
        )
    }
}

fn verdict(sums: &Sums) -> ExitCode {
    if sums.failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
