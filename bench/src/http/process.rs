//! A server as a process of its own: what it costs, and its end.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tokio::runtime::Builder;

use super::exchange::{Connection, request};

/// How long a server may take until it answers.
const START_WITHIN: Duration = Duration::from_secs(30);
/// Ticks in a second of `/proc/<pid>/stat`; Linux fixes it for programs, whatever the kernel's own.
const TICKS_PER_S: f64 = 100.0;

pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// From the start of the process to its first good answer.
    pub ready_after: Duration,
}

impl Server {
    /// Starts `command`, which is to listen on `address`, and waits until `path` is answered well. What it says goes to
    /// the file `said`.
    pub fn start(
        mut command: Command,
        address: SocketAddr,
        path: &str,
        said: &Path,
    ) -> Result<Self> {
        let output = File::create(said)?;
        command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        let start = Instant::now();
        let child = command.spawn().context("the server cannot be started")?;
        let mut server = Self {
            child,
            address,
            ready_after: Duration::ZERO,
        };
        let runtime = Builder::new_current_thread().enable_all().build()?;
        while !runtime.block_on(answers(address, path)) {
            if let Some(status) = server.child.try_wait()? {
                bail!("the server ended ({status}): {}", fs::read_to_string(said)?);
            }
            if start.elapsed() > START_WITHIN {
                bail!(
                    "the server does not answer {path}: {}",
                    fs::read_to_string(said)?
                );
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        server.ready_after = start.elapsed();
        Ok(server)
    }

    /// Processor time it has used, in microseconds.
    pub fn cpu_us(&self) -> Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The second field is a name in brackets, which may hold blanks.
        let (_, fields) = stat.rsplit_once(')').context("the name ends")?;
        let fields: Vec<_> = fields.split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok());
        let user_and_system = ticks(11)
            .zip(ticks(12))
            .context("the times of the process")?;
        Ok((user_and_system.0 + user_and_system.1) / TICKS_PER_S * 1e6)
    }

    /// Resident memory, mapped files included, in megabytes.
    pub fn resident_mb(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kb = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
        Ok(kb.context("the memory of the process")? * 1024.0 / 1e6)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has nothing to save, and an error means that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn answers(address: SocketAddr, path: &str) -> bool {
    let Ok(mut connection) = Connection::open(address).await else {
        return false;
    };
    connection
        .ask(&request(path))
        .await
        .is_ok_and(|answer| answer.status == 200)
}

/// An address of this machine that nobody listens on.
pub fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?)
}
