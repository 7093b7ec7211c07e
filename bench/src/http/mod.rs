//! `bench http`: the running program beside a bare axum server, and how it starts.

pub mod bare;
pub mod exchange;
pub mod generator;
pub mod inputs;
pub mod medcover;
pub mod process;
mod report;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;

use crate::corpus::Corpus;
use crate::machine::Machine;
use crate::output;
use crate::sample::median;
use generator::{CONNECTIONS, Inputs, Length, Outcome};
use medcover::{Logged, Medcover};
use process::{Server, free_address};
use report::{Load, Report, Start, Steady, Subject};

#[derive(Args)]
pub struct Options {
    /// A run of seconds that shows that everything works; its figures are not written.
    #[arg(long)]
    quick: bool,
    /// Print the figures, and leave docs/bench as it is.
    #[arg(long)]
    dry: bool,
    /// A built `medcover`; without it, one is built.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

/// How much is measured.
#[derive(Clone, Copy)]
struct Effort {
    rounds: usize,
    starts: usize,
    length: Length,
}

impl Effort {
    fn of(options: &Options) -> Self {
        let (rounds, starts, warm_up, counted) = if options.quick {
            (1, 3, 200, 500)
        } else {
            // Rounds are short and many: a machine that stands still for a moment spoils the tails of one, not the median.
            (15, 21, 500, 2_000)
        };
        let length = Length {
            warm_up: Duration::from_millis(warm_up),
            counted: Duration::from_millis(counted),
        };
        Self {
            rounds,
            starts,
            length,
        }
    }
}

pub fn run(options: &Options) -> Result<()> {
    let machine = Machine::facts();
    let effort = Effort::of(options);
    let folder = tempfile::Builder::new()
        .prefix("medcover-bench-")
        .tempdir()?;
    let medcover = Medcover::prepare(options.program.as_deref(), folder.path())?;
    let (codes, searches) = {
        let corpus = Corpus::load()?;
        (inputs::codes(&corpus), inputs::searches(&corpus))
    };
    let mut start = starts(&medcover, effort.starts)?;
    let shipped = medcover.start(Logged::Shipped)?;
    let all_logged = medcover.start(Logged::All)?;
    let bench = |name, inputs, least| {
        let servers = Servers::beside(&shipped, &all_logged, inputs, folder.path())?;
        let subject = servers.compare(name, inputs, effort, least)?;
        Ok::<_, anyhow::Error>((servers, subject))
    };
    let (_, code) = bench("code details", &codes, (0.75, 0.55))?;
    let (servers, search) = bench("search", &searches, (0.35, 0.3))?;
    let steady = servers.steady(&searches, effort, search.shipped.requests_per_s / 2.0)?;
    start.resident_after_load_mb = shipped.resident_mb()?;
    let report = Report {
        command: "cargo xtask bench http",
        machine,
        connections: CONNECTIONS,
        rounds: effort.rounds,
        seconds: effort.length.counted.as_secs(),
        start,
        subjects: vec![code, search],
        steady,
    };
    print!("{}", report.table());
    if !options.quick && !options.dry {
        output::write("http", &report, &report.markdown())?;
    }
    let missed = report.missed();
    if !missed.is_empty() && !options.quick {
        bail!("not reached:\n  {}", missed.join("\n  "));
    }
    Ok(())
}

/// Starts the program several times over its loaded release.
fn starts(medcover: &Medcover, count: usize) -> Result<Start> {
    let mut took = Vec::new();
    let mut resident = Vec::new();
    for _ in 0..count {
        let server = medcover.start(Logged::Shipped)?;
        took.push(server.ready_after.as_secs_f64() * 1e3);
        resident.push(server.resident_mb()?);
    }
    Ok(Start {
        starts: count,
        max_ms: took.iter().copied().fold(0.0, f64::max),
        median_ms: median(took),
        resident_mb: median(resident),
        resident_after_load_mb: 0.0,
    })
}

/// The three servers that are loaded in turn.
struct Servers<'s> {
    bare: Server,
    bytes: usize,
    shipped: &'s Server,
    all_logged: &'s Server,
}

impl<'s> Servers<'s> {
    /// With a bare server whose answers are as large as ours to `inputs`.
    fn beside(
        shipped: &'s Server,
        all_logged: &'s Server,
        inputs: &Inputs,
        folder: &Path,
    ) -> Result<Self> {
        let bytes = inputs::mean_bytes(shipped.address, inputs)?;
        let address = free_address()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args([
            "bare",
            "--listen",
            &address.to_string(),
            "--bytes",
            &bytes.to_string(),
        ]);
        Ok(Self {
            bare: Server::start(command, address, "/", &folder.join("bare.said"))?,
            bytes,
            shipped,
            all_logged,
        })
    }

    fn compare(
        &self,
        name: &'static str,
        inputs: &Inputs,
        effort: Effort,
        least: (f64, f64),
    ) -> Result<Subject> {
        let root = bare_inputs();
        let loads = in_turn(
            [
                (&self.bare, &root),
                (self.shipped, inputs),
                (self.all_logged, inputs),
            ],
            effort,
            |server, inputs| {
                eprintln!("{name}: {}", server.address);
                generator::closed(server.address, inputs, effort.length)
            },
        )?;
        let [bare, shipped, all_logged] = loads;
        Ok(Subject {
            name,
            bytes: self.bytes,
            bare,
            shipped,
            all_logged,
            least_ratio: least.0,
            least_ratio_all_logged: least.1,
        })
    }

    fn steady(&self, inputs: &Inputs, effort: Effort, requests_per_s: f64) -> Result<Steady> {
        let root = bare_inputs();
        let [bare, search] = in_turn(
            [(&self.bare, &root), (self.shipped, inputs)],
            effort,
            |server, inputs| {
                eprintln!("open loop: {}", server.address);
                generator::open(server.address, inputs, effort.length, requests_per_s)
            },
        )?;
        Ok(Steady {
            requests_per_s,
            bare,
            search,
        })
    }
}

fn bare_inputs() -> Inputs {
    vec![exchange::request("/")].into()
}

/// Loads the servers in turn, round after round, and takes each one's medians.
fn in_turn<const N: usize>(
    servers: [(&Server, &Inputs); N],
    effort: Effort,
    load: impl Fn(&Server, &Inputs) -> Result<Outcome>,
) -> Result<[Load; N]> {
    let mut rounds: [Vec<Load>; N] = std::array::from_fn(|_| Vec::new());
    for _ in 0..effort.rounds {
        for ((server, inputs), rounds) in servers.iter().zip(&mut rounds) {
            let before = server.cpu_us()?;
            let outcome = load(server, inputs)?;
            let cpu_us = server.cpu_us()? - before;
            let timing = outcome.latency.timing();
            rounds.push(Load {
                requests_per_s: outcome.requests_per_s,
                cpu_us_per_request: cpu_us / outcome.asked as f64,
                p50_us: timing.p50_us,
                p99_us: timing.p99_us,
            });
        }
    }
    Ok(rounds.map(|loads| {
        let middle = |of: fn(&Load) -> f64| median(loads.iter().map(of).collect());
        Load {
            requests_per_s: middle(|it| it.requests_per_s),
            cpu_us_per_request: middle(|it| it.cpu_us_per_request),
            p50_us: middle(|it| it.p50_us),
            p99_us: middle(|it| it.p99_us),
        }
    }))
}
