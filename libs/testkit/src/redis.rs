//! Redis servers and sentinels of the test's own.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::chown;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::process::{NOBODY, Process, is_root, unprivileged};

/// The file of settings, in its folder.
const SETTINGS: &str = "settings.conf";
/// How long a server may take to start, on a busy machine.
const STARTING: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(10);

/// A Redis server in a temporary folder on a free port, killed when dropped. It keeps nothing on disk unless asked to.
#[derive(Debug)]
pub struct RedisServer {
    folder: TempDir,
    port: u16,
    arguments: Vec<String>,
    process: Option<Process>,
}

/// A sentinel, in the same way.
#[derive(Debug)]
pub struct RedisSentinel(RedisServer);

impl RedisServer {
    /// Whether Redis is installed. `apt-get install redis-server redis-sentinel` does so.
    pub fn is_installed() -> bool {
        let found = Command::new("redis-server")
            .arg("--version")
            .stdout(Stdio::null())
            .status();
        found.is_ok_and(|status| status.success())
    }

    /// Starts a server with further `settings`, such as `["--maxmemory", "10mb"]`.
    pub fn start(settings: &[&str]) -> io::Result<Self> {
        let quiet = [
            "--save",
            "",
            "--appendonly",
            "no",
            "--repl-diskless-sync-delay",
            "0",
        ];
        let arguments = quiet.iter().chain(settings).map(ToString::to_string);
        Self::launch("redis-server", arguments.collect(), None)
    }

    /// Starts a server that follows `primary`.
    pub fn replica_of(primary: &Self) -> io::Result<Self> {
        let port = primary.port.to_string();
        Self::start(&["--replicaof", "127.0.0.1", &port])
    }

    /// Lets others be told that it listens on `port`, where a proxy before it does.
    pub fn announce(&mut self, port: u16) -> io::Result<()> {
        let settings = [
            ("replica-announce-ip", "127.0.0.1".to_owned()),
            ("replica-announce-port", port.to_string()),
        ];
        for (name, value) in settings {
            let said = self.say(&format!("CONFIG SET {name} {value}"))?;
            if !said.starts_with("+OK") {
                return Err(io::Error::other(said));
            }
            self.arguments.extend([format!("--{name}"), value]);
        }
        Ok(())
    }

    /// Lets it follow the server at `port`.
    pub fn follow(&self, port: u16) -> io::Result<()> {
        let said = self.say(&format!("REPLICAOF 127.0.0.1 {port}"))?;
        if said.starts_with("+OK") {
            return Ok(());
        }
        Err(io::Error::other(said))
    }

    /// Starts `program`, with `file` as its settings where there are any.
    fn launch(program: &str, arguments: Vec<String>, file: Option<&str>) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("medcover-").tempdir()?;
        let path = folder.path().join(SETTINGS);
        if let Some(file) = file {
            fs::write(&path, file)?;
        }
        if is_root() {
            chown(folder.path(), Some(NOBODY.0), Some(NOBODY.1))?;
            if file.is_some() {
                chown(&path, Some(NOBODY.0), Some(NOBODY.1))?;
            }
        }
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
            .local_addr()?
            .port();
        let mut server = Self {
            folder,
            port,
            arguments,
            process: None,
        };
        server.start_with(program)?;
        Ok(server)
    }

    fn start_with(&mut self, program: &str) -> io::Result<()> {
        let log = fs::File::create(self.folder.path().join("log"))?;
        let mut command = Command::new(program);
        // A file of settings comes first; a sentinel writes what it learns to it.
        let file = self.folder.path().join(SETTINGS);
        if file.exists() {
            command.arg(file);
        }
        command
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1"])
            .args(&self.arguments)
            .current_dir(self.folder.path())
            .stdout(log.try_clone()?)
            .stderr(log);
        self.process = Some(Process::start(unprivileged(&mut command))?);
        self.wait()
    }

    /// Waits until it answers.
    fn wait(&self) -> io::Result<()> {
        let answers = || self.say("PING").is_ok_and(|answer| answer.contains("PONG"));
        if until(answers) {
            return Ok(());
        }
        let said = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        Err(io::Error::other(format!("Redis did not start: {said}")))
    }

    /// Sends `command` in one line and returns what comes back first, as it came.
    pub fn say(&self, command: &str) -> io::Result<String> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(format!("{command}\r\n").as_bytes())?;
        let mut answer = vec![0; 65_536];
        let read = stream.read(&mut answer)?;
        answer.truncate(read);
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    /// `HOST:PORT`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Its port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Its folder, with its log.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Kills it as a fault of its machine would.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Starts it after [`RedisServer::kill`] on the same port, with what it has on its disk: nothing, as a rule.
    pub fn start_again(&mut self) -> io::Result<()> {
        self.start_with("redis-server")
    }

    /// Stops it without ending it: connections stay, and nothing is answered.
    pub fn freeze(&self) -> io::Result<()> {
        self.signal("STOP")
    }

    /// Lets it go on after [`RedisServer::freeze`].
    pub fn thaw(&self) -> io::Result<()> {
        self.signal("CONT")
    }

    fn signal(&self, name: &str) -> io::Result<()> {
        let process = self.process.as_ref();
        let process = process.ok_or_else(|| io::Error::other("it does not run"))?;
        process.signal(name).map(|_| ())
    }
}

impl RedisSentinel {
    /// Starts a sentinel that looks after the server at the port `primary` as `service`, of which `quorum` must agree that it has been away for
    /// `down_after`.
    pub fn start(
        primary: u16,
        service: &str,
        quorum: u32,
        down_after: Duration,
    ) -> io::Result<Self> {
        let settings = format!(
            "sentinel monitor {service} 127.0.0.1 {} {quorum}\n\
             sentinel down-after-milliseconds {service} {}\n\
             sentinel failover-timeout {service} 3000\n\
             sentinel parallel-syncs {service} 2\n",
            primary,
            down_after.as_millis()
        );
        let server = RedisServer::launch("redis-sentinel", Vec::new(), Some(&settings))?;
        Ok(Self(server))
    }

    /// Three sentinels of which two must agree, which know of each other.
    pub fn three(primary: u16, service: &str, down_after: Duration) -> io::Result<Vec<Self>> {
        let each = (0..3).map(|_| Self::start(primary, service, 2, down_after));
        let all = each.collect::<io::Result<Vec<_>>>()?;
        let know = |it: &Self| {
            let said = it.0.say(&format!("SENTINEL CKQUORUM {service}"));
            said.is_ok_and(|said| said.contains("OK 3"))
        };
        if !until(|| all.iter().all(know)) {
            return Err(io::Error::other("the sentinels do not know of each other"));
        }
        Ok(all)
    }

    /// The server that it is.
    pub const fn server(&self) -> &RedisServer {
        &self.0
    }

    /// Kills it.
    pub fn kill(&mut self) {
        self.0.kill();
    }
}

/// Waits until it is so; whether it came to that.
fn until(is: impl Fn() -> bool) -> bool {
    for _ in 0..STARTING.as_millis() / PAUSE.as_millis() {
        if is() {
            return true;
        }
        std::thread::sleep(PAUSE);
    }
    false
}
