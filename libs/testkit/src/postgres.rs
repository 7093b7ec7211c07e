//! A PostgreSQL server of the test's own.

use std::fs;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::process::{NOBODY, give_to_unprivileged, is_root, unprivileged};

/// Where Debian puts the programs of each version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// The version that is supported, that of Debian 12.
const VERSION: &str = "15";
/// Nothing of a test outlives the machine, so nothing waits for the disk; a crash of the server alone loses no commit.
const SETTINGS: &[&str] = &[
    "listen_addresses=127.0.0.1",
    "fsync=off",
    "full_page_writes=off",
    "shared_buffers=32MB",
    // A replica that was cut off is there again soon, and finds what it lacks.
    "wal_retrieve_retry_interval=100ms",
    "wal_keep_size=128MB",
];

/// A server in a temporary folder on a free port, stopped when dropped. It takes [`PostgresServer::USER`] at their word.
#[derive(Debug)]
pub struct PostgresServer {
    folder: TempDir,
    port: u16,
    /// Settings of its own, `name=value`.
    settings: Vec<String>,
}

impl PostgresServer {
    /// The user who may do everything, and the database they find.
    pub const USER: &'static str = "postgres";
    /// The user who may read everything and write nothing, on a server with a replica.
    pub const READER: &'static str = "reader";

    /// Whether PostgreSQL is installed. `apt-get install postgresql-15` does so.
    pub fn is_installed() -> bool {
        program("postgres").exists()
    }

    /// Starts a server. It takes about a second.
    pub fn start() -> io::Result<Self> {
        let server = Self::made()?;
        server.start_again()?;
        Ok(server)
    }

    /// Starts a server with `settings`, each `name=value`, which its replicas have too.
    pub fn with(settings: &[&str]) -> io::Result<Self> {
        let mut server = Self::made()?;
        server.settings = settings.iter().map(ToString::to_string).collect();
        server.start_again()?;
        Ok(server)
    }

    /// Starts a server that archives its log in the folder `into`, from where `cp` can fetch it.
    pub fn archiving(into: &Path) -> io::Result<Self> {
        let server = Self::made()?;
        give_to_unprivileged(into)?;
        let into = into.display();
        let settings = format!(
            "archive_mode = on\narchive_command = 'test ! -f \"{into}/%f\" && cp \"%p\" \"{into}/%f\"'\n"
        );
        let path = server.folder.path().join("data/postgresql.auto.conf");
        let mut file = fs::File::options().append(true).open(path)?;
        file.write_all(settings.as_bytes())?;
        server.start_again()?;
        Ok(server)
    }

    /// Starts a server on the data folder `data`, which somebody else has made, and takes it for its own.
    pub fn on(data: &Path) -> io::Result<Self> {
        let server = Self::new()?;
        fs::rename(data, server.folder.path().join("data"))?;
        server.start_again()?;
        Ok(server)
    }

    /// Waits until all that was written so far is in the archive.
    pub fn archive(&self) -> io::Result<()> {
        let last = self.ask("SELECT pg_walfile_name(pg_switch_wal())")?;
        for _ in 0..600 {
            let archived = self.ask("SELECT last_archived_wal FROM pg_stat_archiver")?;
            if archived >= last {
                return Ok(());
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        Err(io::Error::other(format!("{last} is not archived")))
    }

    /// The one cell that `sql` answers.
    fn ask(&self, sql: &str) -> io::Result<String> {
        let output = Command::new(program("psql"))
            .args([
                "--no-psqlrc",
                "--tuples-only",
                "--no-align",
                "--command",
                sql,
            ])
            .arg(self.url())
            .output()?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(io::Error::other(format!("{sql} failed: {said}")))
    }

    /// Where its programs lie.
    pub fn programs() -> PathBuf {
        Path::new(DEBIAN).join(VERSION).join("bin")
    }

    /// One with data that has not been started.
    fn made() -> io::Result<Self> {
        let server = Self::new()?;
        server.run(
            "initdb",
            &[
                "-U",
                Self::USER,
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "-N",
            ],
        )?;
        Ok(server)
    }

    /// Starts a server that follows this one.
    pub fn replica(&self) -> io::Result<Self> {
        let mut replica = Self::new()?;
        replica.settings.clone_from(&self.settings);
        self.make_reader()?;
        let source = format!("--dbname={}", self.url());
        replica.run(
            "pg_basebackup",
            &[
                &source,
                "--write-recovery-conf",
                "--wal-method=stream",
                "--checkpoint=fast",
                "--no-sync",
            ],
        )?;
        replica.start_again()?;
        Ok(replica)
    }

    fn make_reader(&self) -> io::Result<()> {
        let statement = format!(
            "DO $$ BEGIN IF to_regrole('{0}') IS NULL THEN \
             CREATE ROLE {0} LOGIN; GRANT pg_read_all_data TO {0}; END IF; END $$",
            Self::READER
        );
        let made = Command::new(program("psql"))
            .args(["--no-psqlrc", "--quiet", "--command", &statement])
            .arg(self.url())
            .status()?;
        if made.success() {
            return Ok(());
        }
        Err(io::Error::other("the reader was not made"))
    }

    /// Lets it follow `primary` from now on: a replica that followed somebody else, or one that was the primary and was
    /// [stopped](Self::stop), which starts. It must have no commit that `primary` lacks.
    pub fn follow(&self, primary: &Self) -> io::Result<()> {
        let source = format!(
            "primary_conninfo = 'host=127.0.0.1 port={} user={}'",
            primary.port,
            Self::USER
        );
        let data = self.folder.path().join("data");
        let settings = data.join("postgresql.auto.conf");
        let mut settings = fs::File::options().append(true).open(settings)?;
        writeln!(settings, "{source}")?;
        let signal = data.join("standby.signal");
        fs::File::create(&signal)?;
        if is_root() {
            chown(&signal, Some(NOBODY.0), Some(NOBODY.1))?;
        }
        if self.run("pg_ctl", &["status"]).is_ok() {
            self.run("pg_ctl", &["reload"])
        } else {
            self.start_again()
        }
    }

    /// Stops it in good order: whoever follows it has all that it has.
    pub fn stop(&self) -> io::Result<()> {
        self.run("pg_ctl", &["-w", "-m", "fast", "stop"])
    }

    /// Lets a replica take writes from now on, and follow nobody.
    pub fn promote(&self) -> io::Result<()> {
        self.run("pg_ctl", &["-w", "promote"])
    }

    /// One that has neither data nor been started.
    fn new() -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("medcover-").tempdir()?;
        if is_root() {
            // PostgreSQL refuses to run as root.
            chown(folder.path(), Some(NOBODY.0), Some(NOBODY.1))?;
        }
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
            .local_addr()?
            .port();
        Ok(Self {
            folder,
            port,
            settings: Vec::new(),
        })
    }

    /// Starts it after [`PostgresServer::crash`], with all that it had on its disk.
    pub fn start_again(&self) -> io::Result<()> {
        let folder = self.folder.path().display();
        let (sockets, port) = (
            format!("unix_socket_directories={folder}"),
            format!("port={}", self.port),
        );
        let own = self.settings.iter().map(String::as_str);
        let settings = SETTINGS.iter().copied().chain(own);
        let settings = settings.chain([&*sockets, &*port]);
        let settings: Vec<_> = settings.map(|setting| format!("-c {setting}")).collect();
        let (log, settings) = (format!("{folder}/log"), settings.join(" "));
        self.run("pg_ctl", &["-w", "-l", &log, "-o", &settings, "start"])
    }

    /// Stops it as a fault of its machine would: connections break, and nothing is put in order.
    pub fn crash(&self) -> io::Result<()> {
        self.run("pg_ctl", &["-w", "-m", "immediate", "stop"])
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// The address of its database `postgres`.
    pub fn url(&self) -> String {
        self.url_by(Self::USER, &[self.addr()])
    }

    /// The same for `user`, found at the first of `places` that will do: it, proxies before it, replicas of it.
    pub fn url_by(&self, user: &str, places: &[SocketAddr]) -> String {
        let places: Vec<_> = places.iter().map(ToString::to_string).collect();
        format!("postgres://{user}@{}/{}", places.join(","), Self::USER)
    }

    fn run(&self, name: &str, arguments: &[&str]) -> io::Result<()> {
        let folder = self.folder.path();
        let output = folder.join(format!("{name}.out"));
        // Its output goes to a file: a server started by it keeps the other end of a pipe open for ever.
        let file = fs::File::create(&output)?;
        let mut command = Command::new(program(name));
        command
            .arg("-D")
            .arg(folder.join("data"))
            .args(arguments)
            .current_dir(folder)
            .stdout(file.try_clone()?)
            .stderr(file);
        let status = unprivileged(&mut command).status()?;
        if status.success() {
            return Ok(());
        }
        let said = fs::read_to_string(&output).unwrap_or_default();
        Err(io::Error::other(format!("{name} failed: {}", said.trim())))
    }
}

fn program(name: &str) -> PathBuf {
    PostgresServer::programs().join(name)
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        // If it has stopped by itself, there is nothing left to do; the test has said why.
        let _ = self.run("pg_ctl", &["-w", "-m", "immediate", "stop"]);
    }
}
