//! A PostgreSQL server of our own, in a temporary folder, stopped when dropped.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use postgres::{Client, Config, NoTls};
use tempfile::TempDir;

/// Where Debian puts the programs of each version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// The version that is compared.
const VERSION: &str = "15";
/// Settings for a release that fits into memory and need not survive a crash.
const TUNED: &[&str] = &[
    "listen_addresses=",
    "shared_buffers=512MB",
    "work_mem=64MB",
    "maintenance_work_mem=256MB",
    "effective_cache_size=2GB",
    "random_page_cost=1.1",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "jit=off",
    "autovacuum=off",
];

pub struct Server {
    programs: PathBuf,
    folder: TempDir,
    owner: Option<Owner>,
}

/// The user it runs under; PostgreSQL refuses to run as root.
#[derive(Clone, Copy)]
struct Owner {
    user: u32,
    group: u32,
}

impl Server {
    pub fn start() -> Result<Self> {
        let programs = Path::new(DEBIAN).join(VERSION).join("bin");
        if !programs.join("postgres").exists() {
            bail!(
                "PostgreSQL {VERSION} is not installed; `apt-get install postgresql-{VERSION}`, or leave it out with --without-postgres"
            );
        }
        let folder = tempfile::Builder::new()
            .prefix("medcover-bench-")
            .tempdir()?;
        let owner = unprivileged(folder.path())?;
        let server = Self {
            programs,
            folder,
            owner,
        };
        let data = server.data();
        server.run(
            "initdb",
            &[
                "-D", &data, "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8",
                "-N",
            ],
        )?;
        let socket = format!("unix_socket_directories={}", server.folder.path().display());
        let settings = TUNED.iter().copied().chain([&*socket]);
        let settings: Vec<_> = settings.map(|setting| format!("-c {setting}")).collect();
        let log = server.folder.path().join("log");
        let log = log.to_string_lossy();
        server.run(
            "pg_ctl",
            &[
                "-D",
                &data,
                "-w",
                "-l",
                &log,
                "-o",
                &settings.join(" "),
                "start",
            ],
        )?;
        Ok(server)
    }

    pub fn connect(&self, tls: NoTls) -> Result<Client> {
        let client = Config::new()
            .host_path(self.folder.path())
            .user("bench")
            .dbname("postgres")
            .connect(tls);
        client.context("PostgreSQL does not take a connection")
    }

    fn data(&self) -> String {
        self.folder
            .path()
            .join("data")
            .to_string_lossy()
            .into_owned()
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<()> {
        let mut command = Command::new(self.programs.join(program));
        command.args(arguments).current_dir(self.folder.path());
        if let Some(owner) = self.owner {
            command.uid(owner.user).gid(owner.group);
        }
        // Its output goes to a file: a server started by it keeps the other end of a pipe open for ever.
        let output = fs::File::create(self.folder.path().join(format!("{program}.out")))?;
        command.stdout(output.try_clone()?).stderr(output);
        let status = command
            .status()
            .with_context(|| format!("cannot run {program}"))?;
        if !status.success() {
            let said = fs::read_to_string(self.folder.path().join(format!("{program}.out")))?;
            bail!("{program} failed: {}", said.trim());
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.data();
        if let Err(error) = self.run("pg_ctl", &["-D", &data, "-w", "-m", "immediate", "stop"]) {
            eprintln!("PostgreSQL may still run: {error:#}");
        }
    }
}

/// Where this process runs as root: another user, to whom `folder` is given.
fn unprivileged(folder: &Path) -> Result<Option<Owner>> {
    use std::os::unix::fs::MetadataExt as _;
    if fs::metadata(folder)?.uid() != 0 {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd")?;
    let line = ["postgres:", "nobody:"]
        .iter()
        .find_map(|name| users.lines().find(|line| line.starts_with(name)));
    let fields: Vec<_> = line.context("no unprivileged user")?.split(':').collect();
    let owner = Owner {
        user: fields[2].parse()?,
        group: fields[3].parse()?,
    };
    chown(folder, Some(owner.user), Some(owner.group))?;
    Ok(Some(owner))
}
