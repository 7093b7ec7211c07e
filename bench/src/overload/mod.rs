//! `bench overload`: three times what one core can answer, for a minute. The server has one core, the load the other.

mod report;
mod symptoms;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;

use crate::http::medcover::{Logged, Medcover};
use crate::http::process::Server;
use crate::load::{self, CORES, MOST_IN_FLIGHT, at_rate, busiest, on_core};
use crate::machine::Machine;
use crate::output;
use report::{Load, Phase, Report};
use symptoms::{NAMED, TOLD};

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

/// Connections while the peak is looked for.
const AT_PEAK: [usize; 4] = [1, 2, 4, 8];
/// How many hundredths of the peak must still be answered well.
const LEAST_GOODPUT: f64 = 0.9;
/// How many times the p99 at half load an admitted request may take.
const MOST_SLOWER: f64 = 2.0;

pub fn run(options: &Options) -> Result<()> {
    let machine = Machine::facts();
    let folder = tempfile::Builder::new()
        .prefix("medcover-overload-")
        .tempdir()?;
    let medcover = Medcover::prepare(options.program.as_deref(), folder.path())?;
    let (short, long) = if options.quick { (2, 5) } else { (15, 60) };
    let (short, long) = (Duration::from_secs(short), Duration::from_secs(long));
    on_core(std::process::id(), CORES[0])?;
    let server = medcover.start_with(Logged::Shipped, &[("MEDCOVER__SLOTS__ADAPTIVE", "true")])?;
    on_core(std::process::id(), CORES[1])?;

    let lengths = [short, long];
    let report = Report {
        command: "cargo xtask bench overload",
        machine,
        loads: [
            loaded(&server, "thirty symptoms, named", &NAMED, lengths)?,
            loaded(&server, "thirty symptoms, told", &TOLD, lengths)?,
        ],
    };
    print!("{}", report.markdown());
    if !options.quick && !options.dry {
        output::write("overload", &report, &report.markdown())?;
    }
    let missed = report.missed(LEAST_GOODPUT, MOST_SLOWER);
    if !missed.is_empty() && !options.quick {
        bail!("not reached:\n  {}", missed.join("\n  "));
    }
    Ok(())
}

/// The loads of one request.
fn loaded(
    server: &Server,
    name: &'static str,
    symptoms: &[&str],
    [short, long]: [Duration; 2],
) -> Result<Load> {
    let request = [analysis(symptoms)];
    let alone = load::alone(server.address, &request[0])?;
    let connections = busiest(server.address, &request, &AT_PEAK, short / 3)?;
    let peak = || load::peak(server.address, &request, connections, short);
    let before = peak()?;
    let phase = |times: f64, length| measured(server, &request, before * times, length);
    Ok(Load {
        name,
        alone_us: alone.as_secs_f64() * 1e6,
        half: phase(0.5, short)?,
        over: phase(3.0, long)?,
        after: phase(0.5, short)?,
        peak_per_s: [before, peak()?],
    })
}

/// The load at one rate, beside what must go on whatever the load.
fn measured(server: &Server, request: &[Vec<u8>], rate: f64, length: Duration) -> Result<Phase> {
    let resident_before_mb = server.resident_mb()?;
    let asked = at_rate(server.address, request, MOST_IN_FLIGHT, rate, length)?;
    Ok(Phase::of(
        rate,
        length,
        asked,
        [resident_before_mb, server.resident_mb()?],
    ))
}

fn analysis(symptoms: &[&str]) -> Vec<u8> {
    let body = serde_json::json!({"symptoms": symptoms}).to_string();
    let head = "POST /api/v1/enterprise/clinical-analysis HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json";
    format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}
