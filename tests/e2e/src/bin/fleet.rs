//! `cargo xtask fleet`: a whole installation in many processes on this machine, to look at and to harm.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what it says is what it is for"
)]

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::thread::sleep;
use std::time::Duration;
use std::{env, fs};

use clap::Parser;
use medcover_e2e::{Fleet, Server, Spread};
use medcover_testkit::Fault;

/// How long all of it may take to start.
const STARTING: Duration = Duration::from_mins(3);
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A whole installation in many processes on this machine, to look at and to harm.
#[derive(Parser)]
#[command(name = "cargo xtask fleet")]
enum Asked {
    /// Start it, and leave it running.
    Up {
        /// Every role in processes of its own.
        #[arg(long)]
        roles: bool,
    },
    /// What there is and where.
    Status,
    /// SIGKILL.
    Kill { name: String },
    /// Start what was killed.
    Start { name: String },
    /// Tell it to stop, wait until it has, and start it again.
    Restart { name: String },
    /// Let nothing through to it or from it, and tell nobody.
    Partition { name: String },
    /// Let everything through again.
    Mend { name: String },
    /// End all of it.
    Down,
    /// Run it in the foreground.
    #[command(hide = true)]
    Run {
        #[arg(long)]
        roles: bool,
    },
}

fn main() -> ExitCode {
    let done = match Asked::parse() {
        Asked::Up { roles } => up(roles),
        Asked::Run { roles } => run(roles),
        Asked::Status => tell("status"),
        Asked::Down => tell("down"),
        Asked::Kill { name } => tell(&format!("kill {name}")),
        Asked::Start { name } => tell(&format!("start {name}")),
        Asked::Restart { name } => tell(&format!("restart {name}")),
        Asked::Partition { name } => tell(&format!("partition {name}")),
        Asked::Mend { name } => tell(&format!("mend {name}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Where a fleet that runs says how to speak to it: beside what was compiled.
fn folder() -> io::Result<PathBuf> {
    let program = env::current_exe()?;
    let target = program.ancestors().nth(2);
    Ok(target.unwrap_or(Path::new(".")).join("fleet"))
}

fn control() -> io::Result<PathBuf> {
    Ok(folder()?.join("control"))
}

/// Starts this program again, to stay.
fn up(roles: bool) -> io::Result<()> {
    if ask("status").is_ok() {
        return Err(io::Error::other("a fleet runs already: fleet status"));
    }
    let folder = folder()?;
    fs::create_dir_all(&folder)?;
    let _ = fs::remove_file(control()?);
    let log = fs::File::create(folder.join("log"))?;
    let mut command = Command::new(env::current_exe()?);
    command.arg("run").args(roles.then_some("--roles"));
    command.stdin(Stdio::null()).stdout(log.try_clone()?);
    // What ends this terminal is not to end the fleet.
    let mut running = command.stderr(log).process_group(0).spawn()?;
    for _ in 0..STARTING.as_millis() / LOOK_EVERY.as_millis() {
        if let Some(ended) = running.try_wait()? {
            let said = fs::read_to_string(folder.join("log"))?;
            return Err(io::Error::other(format!("it ended ({ended}): {said}")));
        }
        if control()?.exists() {
            return tell("status");
        }
        sleep(LOOK_EVERY);
    }
    running.kill()?;
    Err(io::Error::other("it does not start"))
}

/// Says `command` to the fleet that runs, and prints what it answers.
fn tell(command: &str) -> io::Result<()> {
    print!("{}", ask(command)?);
    Ok(())
}

fn ask(command: &str) -> io::Result<String> {
    let none = |_| io::Error::other("no fleet runs: fleet up");
    let port = fs::read_to_string(control()?).map_err(none)?;
    let mut stream = TcpStream::connect(port.trim()).map_err(none)?;
    writeln!(stream, "{command}")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    match answer.strip_prefix("error: ") {
        Some(error) => Err(io::Error::other(error.trim().to_owned())),
        None => Ok(answer),
    }
}

/// Runs a fleet until it is told to end.
fn run(roles: bool) -> io::Result<()> {
    let spread = if roles { Spread::Roles } else { Spread::Groups };
    let mut fleet = Fleet::start(spread)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let control = control()?;
    let beginning = control.with_extension("new");
    fs::write(&beginning, listener.local_addr()?.to_string())?;
    fs::rename(beginning, &control)?;
    for stream in listener.incoming() {
        let mut stream = stream?;
        let mut line = String::new();
        BufReader::new(stream.try_clone()?).read_line(&mut line)?;
        let (word, name) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        let done = match word {
            "down" => break,
            "status" => Ok(()),
            "kill" => fleet.kill(name),
            "start" => fleet.start_again(name),
            "restart" => fleet.restart(name, None),
            "partition" => fleet.harm(name, Fault::Silent),
            "mend" => fleet.harm(name, Fault::None),
            other => Err(io::Error::other(format!("what is {other}?"))),
        };
        let answer = match done {
            Ok(()) => status(&fleet),
            Err(error) => format!("error: {error}\n"),
        };
        // Whoever asked may have gone.
        let _ = stream.write_all(answer.as_bytes());
    }
    fs::remove_file(control)
}

fn status(fleet: &Fleet) -> String {
    let rows = fleet.members().into_iter().map(|it| {
        let state = if it.runs { "runs" } else { "killed" };
        format!(
            "{:<18} {:<6} {:<22} {}\n",
            it.name, state, it.address, it.role
        )
    });
    let doors = fleet
        .doors()
        .into_iter()
        .map(|door| format!("http://{door}"));
    let doors: Vec<_> = doors.collect();
    let whom = format!(
        "sign in as admin, {:?}, at {}\n",
        Server::PASSWORD,
        doors.join(" or ")
    );
    rows.collect::<String>() + &whom
}
