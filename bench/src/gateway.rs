//! `bench gateway`: what the way through a gateway process adds to asking the role itself.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use clap::Args;
use serde::Serialize;

use crate::corpus::Corpus;
use crate::http::inputs;
use crate::http::medcover::{Logged, Medcover};
use crate::load::{CORES, at_rate, on_core, saturation};
use crate::machine::Machine;
use crate::output::{self, figure};
use crate::sample::{Timing, median};

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

/// Connections of a load at a rate: a client keeps a pool of them.
const CONNECTIONS: usize = 64;
/// What the way may add, in microseconds: in the middle, and to one in a hundred.
const MOST_ADDED_US: [f64; 2] = [150.0, 1_000.0];

#[derive(Serialize)]
struct Report {
    command: &'static str,
    machine: Machine,
    rounds: usize,
    seconds: f64,
    /// Code details a second through the gateway, at most, from independent callers.
    saturated_per_s: f64,
    /// Asked in each of the rounds.
    asked_per_s: f64,
    direct: Vec<Timing>,
    through: Vec<Timing>,
    /// The middle of the rounds: what the way adds to the p50, and to the p99.
    added_us: [f64; 2],
}

pub fn run(options: &Options) -> Result<()> {
    let machine = Machine::facts();
    let (rounds, short, long) = if options.quick {
        (1, 200, 500)
    } else {
        (25, 2_000, 2_000)
    };
    let [short, long] = [short, long].map(Duration::from_millis);
    let folder = tempfile::Builder::new()
        .prefix("medcover-gateway-")
        .tempdir()?;
    let medcover = Medcover::prepare(options.program.as_deref(), folder.path())?;
    let codes = inputs::codes(&Corpus::load()?);
    let role = [("MEDCOVER__ROLES", "terminology")];
    on_core(std::process::id(), CORES[0])?;
    let role = medcover.start_with(Logged::Shipped, &role)?;
    let at = format!("http://{}", role.address);
    // The other data folder: a running server locks its own.
    let gateway = [
        ("MEDCOVER__ROLES", "gateway"),
        ("MEDCOVER__PEERS__TERMINOLOGY", at.as_str()),
        ("MEDCOVER__EDGE__ACCESS_LOG", "sampled"),
        // What it keeps it answers itself; measured is what it passes on.
        ("MEDCOVER__CACHE__MAX_MB", "0"),
    ];
    let gateway = medcover.start_with(Logged::All, &gateway)?;
    on_core(std::process::id(), CORES[1])?;
    let saturated_per_s = saturation(gateway.address, &codes, CONNECTIONS, short)?;
    let asked_per_s = saturated_per_s / 2.0;
    let timed = |address| {
        // What is asked first finds nothing in any cache of the processor.
        at_rate(address, &codes, CONNECTIONS, asked_per_s, short)?;
        let asked = at_rate(address, &codes, CONNECTIONS, asked_per_s, long)?;
        let unanswered = asked.refused.len() + asked.failed;
        ensure!(
            unanswered == 0,
            "{} refused, {} failed, of {}, {} good",
            asked.refused.len(),
            asked.failed,
            address,
            asked.admitted.len()
        );
        Ok(asked.admitted.timing())
    };
    let (mut direct, mut through) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        direct.push(timed(role.address)?);
        through.push(timed(gateway.address)?);
    }
    let added = |of: fn(&Timing) -> f64| {
        let pairs = direct.iter().zip(&through);
        median(
            pairs
                .map(|(direct, through)| of(through) - of(direct))
                .collect(),
        )
    };
    let added_us = [added(|it| it.p50_us), added(|it| it.p99_us)];
    let report = Report {
        command: "cargo xtask bench gateway",
        machine,
        rounds,
        seconds: long.as_secs_f64(),
        saturated_per_s,
        asked_per_s,
        direct,
        through,
        added_us,
    };
    let told = report.told();
    print!("{told}");
    if !options.quick && !options.dry {
        let describe = report.machine.describe();
        let markdown = format!("# Gateway\n\n`{}`: {describe}\n\n{told}", report.command);
        output::write("gateway", &report, &markdown)?;
    }
    let [p50, p99] = added_us;
    if !options.quick && (p50 > MOST_ADDED_US[0] || p99 > MOST_ADDED_US[1]) {
        bail!(
            "the way adds {} µs to the p50 and {} µs to the p99",
            figure(p50),
            figure(p99)
        );
    }
    Ok(())
}

impl Report {
    fn told(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(
            text,
            "Code details, from a process of the role `terminology` itself and through a process of the role `gateway`, which keeps no answers. Both have \
             one core together, the load has the other. Requests come at random as from independent callers, {} a second, \
             half of what comes through the gateway at most ({} a second, 99 in 100 within 20 ms), and a latency begins when its request was due. \
             Each round {} s, the two ways in turn. A machine that stands still for a moment spoils the tail of its round, so rounds \
             are short and many, and the median of their differences counts.\n",
            figure(self.asked_per_s),
            figure(self.saturated_per_s),
            figure(self.seconds),
        );
        text += "| round | direct p50 µs | through p50 µs | direct p99 µs | through p99 µs |\n|---|---|---|---|---|\n";
        for (round, (direct, through)) in self.direct.iter().zip(&self.through).enumerate() {
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} |",
                round + 1,
                figure(direct.p50_us),
                figure(through.p50_us),
                figure(direct.p99_us),
                figure(through.p99_us)
            );
        }
        let [p50, p99] = self.added_us;
        let _ = writeln!(
            text,
            "\nThe way through the gateway adds {} µs to the p50 and {} µs to the p99.",
            figure(p50),
            figure(p99)
        );
        text
    }
}
