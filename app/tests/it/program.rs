//! The program, a data folder of its own, and files to load.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use medcover_testkit::{Process, give_to_unprivileged, unprivileged};
use serde_json::Value;
use tempfile::TempDir;

/// A tabular list with a chapter, a block, a category that needs more, and codes.
const TABULAR: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.tabular>
  <version>2026</version>
  <chapter>
    <name>9</name>
    <desc>Diseases of the circulatory system (I00-I99)</desc>
    <sectionIndex>
      <sectionRef first="I20" last="I25" id="I20-I25">Ischemic heart diseases</sectionRef>
    </sectionIndex>
    <section id="I20-I25">
      <desc>Ischemic heart diseases (I20-I25)</desc>
      <diag>
        <name>I21</name>
        <desc>Acute myocardial infarction</desc>
        <includes><note>cardiac infarction</note></includes>
        <excludes2><note>old myocardial infarction (I25.2)</note></excludes2>
        <diag>
          <name>I21.9</name>
          <desc>Acute myocardial infarction, unspecified</desc>
          <inclusionTerm><note>Myocardial infarction (acute) NOS</note></inclusionTerm>
        </diag>
        <diag>
          <name>I21.4</name>
          <desc>Non-ST elevation (NSTEMI) myocardial infarction</desc>
        </diag>
      </diag>
      <diag>
        <name>I25</name>
        <desc>Chronic ischemic heart disease</desc>
        <diag>
          <name>I25.2</name>
          <desc>Old myocardial infarction</desc>
          <excludes1><note>acute myocardial infarction (I21.-)</note></excludes1>
        </diag>
      </diag>
    </section>
  </chapter>
</ICD10CM.tabular>
"#;

/// A data folder, and the program over it.
pub(crate) struct Program {
    pub(crate) dir: TempDir,
    /// Whether it runs as a user of no privileges, whoever runs the test.
    unprivileged: bool,
}

impl Program {
    /// With an empty data folder.
    pub(crate) fn new() -> Self {
        Self {
            dir: tempfile::tempdir().expect("a folder"),
            unprivileged: false,
        }
    }

    /// With a small ICD-10-CM loaded, by a user of no privileges: PostgreSQL's server does not run as root.
    pub(crate) fn unprivileged() -> Self {
        let program = Self {
            unprivileged: true,
            ..Self::new()
        };
        give_to_unprivileged(program.dir.path()).expect("it can be given");
        // Wherever the program was built, others may not be able to look.
        let (built, here) = (env!("CARGO_BIN_EXE_medcover"), program.executable());
        std::fs::hard_link(built, &here)
            .or_else(|_| std::fs::copy(built, &here).map(drop))
            .expect("it is there");
        program.load();
        program
    }

    fn executable(&self) -> PathBuf {
        if self.unprivileged {
            self.dir.path().join("medcover")
        } else {
            env!("CARGO_BIN_EXE_medcover").into()
        }
    }

    /// With a small ICD-10-CM loaded.
    pub(crate) fn loaded() -> Self {
        let program = Self::new();
        program.load();
        program
    }

    fn load(&self) {
        let file = self.tabular();
        let output = self.run(&["load", "icd10cm", "--from", text(&file)]);
        assert!(output.status.success(), "{output:?}");
    }

    /// The file of a small ICD-10-CM.
    pub(crate) fn tabular(&self) -> PathBuf {
        self.file("icd10cm-tabular-April-1-2026.xml", TABULAR)
    }

    /// A file beside the data folder.
    pub(crate) fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, content).expect("it can be written");
        path
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// The program with `arguments`, in an environment that holds nothing else.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.executable());
        if self.unprivileged {
            unprivileged(&mut command);
        }
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.dir.path())
            .env("MEDCOVER_DATA", self.data())
            .env("MEDCOVER__FETCH__ENABLED", "false")
            // They ask for more from one address than a stranger may. Those about limits switch them on.
            .env("MEDCOVER__LIMITS__ENABLED", "false")
            .env("MEDCOVER__ADMIN__LISTEN", "127.0.0.1:0")
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("it starts")
    }

    /// Runs the program to its end and reads what it prints as JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// Starts a server on a free port, and waits until it listens.
    pub(crate) fn serve(&self, arguments: &[&str]) -> Serving {
        self.serve_with(arguments, &[])
    }

    /// The same, with callers counted as is shipped.
    pub(crate) fn serve_limited(&self) -> Serving {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        Serving::start(command.env_remove("MEDCOVER__LIMITS__ENABLED"))
    }

    /// The same, with variables in its environment.
    pub(crate) fn serve_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Serving {
        let mut command = self.command(arguments);
        command
            .args(["--listen", "127.0.0.1:0"])
            .envs(variables.iter().copied());
        Serving::start(&mut command)
    }
}

/// A running server. It ends with the test.
pub(crate) struct Serving {
    process: Process,
    /// What it said until it listened.
    pub(crate) said: String,
    pub(crate) addr: SocketAddr,
    pub(crate) admin: SocketAddr,
}

impl Serving {
    fn start(command: &mut Command) -> Self {
        let command = command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = Process::start(command).expect("it starts");
        let stdout = process.child().stdout.take().expect("it is piped");
        let mut said = String::new();
        let mut lines = BufReader::new(stdout).lines();
        let (mut addr, mut admin) = (None, None);
        while addr.is_none() {
            let line = lines.next().unwrap_or_else(|| panic!("it ended: {said}"));
            let line = line.expect("text");
            let address = |start: &str| {
                let rest = line.strip_prefix(start)?;
                rest.split('/').next()?.parse::<SocketAddr>().ok()
            };
            admin = admin.or(address("metrics on http://"));
            addr = address("listening on http://").or_else(|| address("listening on https://"));
            said.extend([&*line, "\n"]);
        }
        // Reading on keeps the pipe from filling up.
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            process,
            said,
            addr: addr.expect("it listens"),
            admin: admin.expect("it has an admin address"),
        }
    }

    pub(crate) fn id(&mut self) -> u32 {
        self.process.child().id()
    }

    pub(crate) fn signal(&self, name: &str) {
        self.process.signal(name).expect("it can be sent");
    }

    /// Waits for the end, which must come.
    pub(crate) fn ended(mut self) -> ExitStatus {
        self.process.child().wait().expect("it ends")
    }

    pub(crate) fn lives(&mut self) -> bool {
        let ended = self.process.child().try_wait().expect("it is ours");
        ended.is_none()
    }

    /// GET: the status and the body.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        get(self.addr, path)
    }

    /// GET: the body as JSON.
    pub(crate) fn get_json(&self, path: &str) -> Value {
        let (status, body) = self.get(path);
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error}: {status} {body}"))
    }
}

/// GET: the status and the body.
pub(crate) fn get(addr: SocketAddr, path: &str) -> (u16, String) {
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    let answer = String::from_utf8(raw(addr, request.as_bytes())).expect("text");
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
    (status(head.as_bytes()).expect("a status"), body.to_owned())
}

/// Sends bytes as they are, and reads what comes until the server closes or is silent.
pub(crate) fn raw(addr: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(addr).expect("it listens");
    let patience = Some(Duration::from_secs(20));
    stream.set_read_timeout(patience).expect("a bound");
    stream.set_write_timeout(patience).expect("a bound");
    // A server that refuses early may close before all is sent; what it said counts.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    answer
}

/// The status in the head of an answer.
pub(crate) fn status(answer: &[u8]) -> Option<u16> {
    let status = answer
        .strip_prefix(b"HTTP/1.1 ")
        .or_else(|| answer.strip_prefix(b"HTTP/1.0 "))?;
    std::str::from_utf8(status.get(..3)?).ok()?.parse().ok()
}

/// A path as text.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}
