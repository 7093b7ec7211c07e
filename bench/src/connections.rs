//! `bench connections`: many connections that are idle, and some that are not, at once.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Args;
use serde::Serialize;
use tokio::runtime::Builder;
use tokio::task::LocalSet;

use crate::corpus::Corpus;
use crate::http::exchange::{Connection, request};
use crate::http::inputs;
use crate::http::medcover::{Logged, Medcover};
use crate::machine::Machine;
use crate::output::{self, figure};
use crate::sample::{Sample, Timing};

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

/// What an idle connection may cost.
const MOST_KIB: f64 = 40.0;
/// As shipped, but for the number of connections and how long one may be idle.
const SETTINGS: [(&str, &str); 2] = [
    ("MEDCOVER__SERVER__MAX_CONNECTIONS", "12000"),
    ("MEDCOVER__SERVER__HEADER_TIMEOUT_MS", "600000"),
];

#[derive(Serialize)]
struct Report {
    command: &'static str,
    machine: Machine,
    idle: usize,
    active: usize,
    seconds: f64,
    resident_before_mb: f64,
    resident_idle_mb: f64,
    resident_after_mb: f64,
    /// What an idle connection, which was used once, adds to resident memory.
    kib_per_idle: f64,
    requests: usize,
    failed: usize,
    /// Idle connections that no longer answered at the end.
    idle_failed: usize,
    latency: Timing,
}

pub fn run(options: &Options) -> Result<()> {
    let machine = Machine::facts();
    let (idle, active, seconds) = if options.quick {
        (500, 50, 2)
    } else {
        (10_000, 1_000, 30)
    };
    let folder = tempfile::Builder::new()
        .prefix("medcover-connections-")
        .tempdir()?;
    let medcover = Medcover::prepare(options.program.as_deref(), folder.path())?;
    let codes = inputs::codes(&Corpus::load()?);
    let server = medcover.start_with(Logged::Shipped, &SETTINGS)?;
    let address = server.address;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let local = LocalSet::new();

    let first = Rc::new(request("/api/v1/health/live"));
    // What the server needs at all, it has needed by then.
    runtime.block_on(async {
        let mut connection = Connection::open(address).await?;
        for code in codes.iter().take(1_000) {
            connection.ask(code).await?;
        }
        Ok::<_, anyhow::Error>(())
    })?;
    let resident_before_mb = server.resident_mb()?;
    let mut resting = Vec::with_capacity(idle);
    runtime.block_on(async {
        for _ in 0..idle {
            let mut connection = Connection::open(address).await?;
            connection.ask(&first).await?;
            connection.rest();
            resting.push(connection);
        }
        Ok::<_, anyhow::Error>(())
    })?;
    let resident_idle_mb = server.resident_mb()?;

    let end = Instant::now() + Duration::from_secs(seconds);
    let asking: Vec<_> = (0..active)
        .map(|at| {
            let codes = codes.clone();
            local.spawn_local(async move {
                let (mut good, mut failed) = (Sample::default(), 0_usize);
                let Ok(mut connection) = Connection::open(address).await else {
                    return (good, 1);
                };
                let own = codes.iter().cycle().skip(at * 7 % codes.len());
                for code in own {
                    let begun = Instant::now();
                    if begun >= end {
                        break;
                    }
                    match connection.ask(code).await {
                        Ok(answer) if answer.status == 200 => good.push(begun.elapsed()),
                        _ => failed += 1,
                    }
                }
                (good, failed)
            })
        })
        .collect();
    let (mut latency, mut failed) = (Sample::default(), 0);
    runtime.block_on(local.run_until(async {
        for task in asking {
            let (good, bad) = task.await?;
            latency.append(good);
            failed += bad;
        }
        Ok::<_, anyhow::Error>(())
    }))?;
    let resident_after_mb = server.resident_mb()?;
    let idle_failed = runtime.block_on(async {
        let mut lost = 0;
        for connection in &mut resting {
            let answered = connection.ask(&first).await;
            lost += usize::from(!answered.is_ok_and(|answer| answer.status == 200));
        }
        lost
    });
    let report = Report {
        command: "cargo xtask bench connections",
        machine,
        idle,
        active,
        seconds: seconds as f64,
        resident_before_mb,
        resident_idle_mb,
        resident_after_mb,
        kib_per_idle: (resident_idle_mb - resident_before_mb) * 1e6 / 1024.0 / idle as f64,
        requests: latency.len(),
        failed,
        idle_failed,
        latency: latency.timing(),
    };
    print!("{}", report.told());
    if !options.quick && !options.dry {
        output::write("connections", &report, &report.markdown())?;
    }
    if report.failed + report.idle_failed > 0 {
        bail!(
            "{} requests failed, {} idle connections were lost",
            report.failed,
            report.idle_failed
        );
    }
    if report.kib_per_idle > MOST_KIB && !options.quick {
        bail!(
            "an idle connection costs {} KiB, over {MOST_KIB}",
            figure(report.kib_per_idle)
        );
    }
    Ok(())
}

impl Report {
    fn told(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(
            text,
            "{} idle connections and {} active ones for {} s: {} requests, {} failed, {} idle ones lost. An idle connection, \
             used once, costs {} KiB (resident {} → {} MB; {} MB after the load). Latency of the active: p50 {} ms, p99 {} ms.",
            self.idle,
            self.active,
            figure(self.seconds),
            self.requests,
            self.failed,
            self.idle_failed,
            figure(self.kib_per_idle),
            figure(self.resident_before_mb),
            figure(self.resident_idle_mb),
            figure(self.resident_after_mb),
            figure(self.latency.p50_us / 1e3),
            figure(self.latency.p99_us / 1e3),
        );
        text
    }

    fn markdown(&self) -> String {
        format!(
            "# Connections\n\n`{}`: {}\n\nCode details over HTTP; all as shipped but `server.max_connections`, and how long a \
             connection may be idle.\n\n{}",
            self.command,
            self.machine.describe(),
            self.told()
        )
    }
}
