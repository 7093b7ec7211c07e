//! Commands that are programs of their own.

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::steps;
use crate::workspace;

#[derive(Args)]
pub(crate) struct Relevance {
    /// A file of queries with accepted codes, and options of the program.
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "FILE"
    )]
    arguments: Vec<String>,
}

#[derive(Args)]
pub(crate) struct Bench {
    subject: Subject,
    /// Options of the benchmark.
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "OPTION"
    )]
    arguments: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Subject {
    /// the index in process, beside Tantivy and PostgreSQL
    Search,
    /// the server over HTTP, beside a bare one
    Http,
    /// the cache in process, beside bare ones
    Cache,
    /// transfers over HTTP, beside single-row transactions
    Writes,
    /// what the way through a gateway process adds
    Gateway,
    /// ten thousand idle connections, and a thousand active ones
    Connections,
    /// three times what one core can answer, for a minute
    Overload,
    /// ten million codes in PostgreSQL: each indexed query, and the stated ratios
    Tables,
}

#[derive(Args)]
pub(crate) struct Generate {
    what: Generated,
    /// Options of the generator: --rows N, --seed S, --out FILE.
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "OPTION"
    )]
    arguments: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Generated {
    /// codes with titles in the shape of ICD-10-CM, as a plain table
    Terms,
}

#[derive(Args)]
pub(crate) struct Simulate {
    /// What is simulated.
    #[arg(long, value_enum, default_value_t = World::Bank)]
    world: World,
    /// Options of the simulation: --seeds N, --from S, --seed X.
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "OPTION"
    )]
    arguments: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum World {
    /// a bank on store, workflow and HTTP
    Bank,
    /// the services from visit to cash
    Clinic,
}

#[derive(Args)]
pub(crate) struct Drill {
    subject: Drilled,
    /// Options of the drill: --times N, --seed X, --messages N.
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "OPTION"
    )]
    arguments: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Drilled {
    /// a process that writes is killed again and again
    Kill,
    /// the consumers of a queue are killed every few seconds
    Queue,
    /// the program is killed again and again on its way from visit to cash
    Journey,
    /// processes behind a door are killed, slowed, broken and cut off in turn, under load
    Upstream,
    /// a fleet on PostgreSQL and Redis is harmed in every way while it works
    Fleet,
}

#[derive(Args)]
pub(crate) struct Fleet {
    /// up [--roles], status, kill NAME, start NAME, restart NAME, partition NAME, mend NAME, down.
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "COMMAND"
    )]
    arguments: Vec<String>,
}

/// The crate that simulates, drills and measures writes.
const SIMULATION: &str = "medcover-simulation";
/// The crate that makes up rows and measures tables.
const SCALE: &str = "medcover-scale";

pub(crate) fn relevance(options: &Relevance) -> Result<()> {
    let program = ["-p", "medcover-terminology", "--bin", "relevance"];
    run("release", &program, &[], &options.arguments)
}

pub(crate) fn bench(options: &Bench) -> Result<()> {
    let peers = ["--manifest-path", "bench/Cargo.toml"];
    let arguments = &options.arguments;
    match options.subject {
        Subject::Search => run("release", &peers, &["search"], arguments),
        Subject::Http => run("release", &peers, &["http"], arguments),
        Subject::Cache => run("release", &peers, &["cache"], arguments),
        Subject::Gateway => run("release", &peers, &["gateway"], arguments),
        Subject::Connections => run("release", &peers, &["connections"], arguments),
        Subject::Overload => run("release", &peers, &["overload"], arguments),
        Subject::Writes => {
            let program = ["-p", SIMULATION, "--bin", "bench-writes"];
            run("release", &program, &[], arguments)
        }
        Subject::Tables => {
            let program = ["-p", SCALE, "--bin", "bench-tables"];
            run("release", &program, &[], arguments)
        }
    }
}

pub(crate) fn generate(options: &Generate) -> Result<()> {
    let Generated::Terms = options.what;
    let program = ["-p", SCALE, "--bin", "generate-terms"];
    run("ci", &program, &[], &options.arguments)
}

pub(crate) fn simulate(options: &Simulate) -> Result<()> {
    let program = match options.world {
        World::Bank => ["-p", SIMULATION, "--bin", "simulate"],
        World::Clinic => ["-p", "medcover-clinic", "--bin", "simulate-clinic"],
    };
    run("ci", &program, &[], &options.arguments)
}

pub(crate) fn fleet(options: &Fleet) -> Result<()> {
    build("ci", "medcover")?;
    let program = ["-p", "medcover-e2e", "--bin", "fleet"];
    run("ci", &program, &[], &options.arguments)
}

pub(crate) fn drill(options: &Drill) -> Result<()> {
    let arguments = &options.arguments;
    match options.subject {
        Drilled::Kill => {
            let program = ["-p", SIMULATION, "--bin", "drill"];
            run("ci", &program, &["kill"], arguments)
        }
        Drilled::Queue => {
            let program = ["-p", "medcover-workflow", "--example", "queue_drill"];
            run("release", &program, &[], arguments)
        }
        Drilled::Journey => {
            build("ci", "medcover")?;
            let program = ["-p", "medcover-e2e", "--bin", "drill-journey"];
            run("ci", &program, &[], arguments)
        }
        Drilled::Upstream => {
            build("ci", "medcover")?;
            let program = ["-p", "medcover-e2e", "--bin", "drill-upstream"];
            run("ci", &program, &[], arguments)
        }
        Drilled::Fleet => {
            let upgrade = arguments.iter().any(|it| it == "--upgrade");
            let other = if upgrade { Some(build_other()?) } else { None };
            build("ci", "medcover")?;
            let program = ["-p", "medcover-e2e", "--bin", "drill-fleet"];
            let to: Vec<_> = other.iter().flat_map(|it| ["--to", it.as_str()]).collect();
            run("ci", &program, &to, arguments)
        }
    }
}

/// Compiles what another program starts.
fn build(profile: &str, package: &str) -> Result<()> {
    let mut cargo = workspace::cargo();
    cargo.args(["build", "--locked", "--profile", profile, "-p", package]);
    steps::run(&mut cargo)
}

/// Compiles the program as a later version may be whose read models are others, and says where it is. Only that is different,
/// and only what is compiled with this variable has it.
fn build_other() -> Result<String> {
    let mut cargo = workspace::cargo();
    cargo.args(["build", "--locked", "--profile", "ci", "-p", "medcover"]);
    steps::run(cargo.env("MEDCOVER_TABLE_GENERATION", "next"))?;
    let folder = workspace::root().join("target/ci");
    let other = folder.join("medcover-next");
    std::fs::copy(folder.join("medcover"), &other)?;
    Ok(other.to_string_lossy().into_owned())
}

/// Compiles a program with a profile and runs it: `release` where it measures, `ci` where it only finds.
fn run(profile: &str, program: &[&str], first: &[&str], rest: &[String]) -> Result<()> {
    let mut cargo = workspace::cargo();
    cargo.args(["run", "--locked", "--profile", profile]);
    steps::run(cargo.args(program).arg("--").args(first).args(rest))
}
