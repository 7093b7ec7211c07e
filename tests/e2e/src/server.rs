//! The real program over a small release.

use std::path::{Path, PathBuf};
use std::process::Command;

use medcover_testkit::Process;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http;
use crate::program::announced;

/// A tabular list of our own, in the form of the published one.
const TABULAR: &str = include_str!("small-tabular.xml");

/// A running medcover. It ends when dropped.
#[derive(Debug)]
pub struct Server {
    _process: Process,
    _folder: TempDir,
    address: String,
}

impl Server {
    /// The first administrator's.
    pub const PASSWORD: &str = "a stone, a cloud, a table";

    /// Loads the small release into a new folder and serves it on a free port.
    pub fn start() -> Self {
        Self::serve(&["serve"])
    }

    /// The same with the demo.
    pub fn demo() -> Self {
        Self::serve(&["up", "--demo", "--data", "data"])
    }

    fn serve(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        load(folder.path());
        let mut serve = medcover(folder.path());
        let serve = serve.current_dir(folder.path()).args(arguments);
        let serve = serve.args(["--listen", "127.0.0.1:0"]);
        let (process, address) = announced(serve, |line| {
            Some(line.strip_prefix("listening on ")?.trim().to_owned())
        });
        Self {
            _process: process,
            _folder: folder,
            address,
        }
    }

    /// The address of `path`.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// A token of the first administrator.
    pub fn token(&self) -> String {
        let host = self.address.trim_start_matches("http://");
        let who = json!({"name": "admin", "password": Self::PASSWORD});
        let (status, answer) = http::exchange(host, "POST", "/api/v1/auth/sign-in", &who);
        assert_eq!(status, 200, "{answer}");
        answer["access_token"].as_str().expect("a token").to_owned()
    }
}

/// Loads the small release into the data folder in `folder`.
pub(crate) fn load(folder: &Path) {
    // The release takes its name from the file's.
    let file = folder.join("icd10cm-tabular-April-1-2026.xml");
    std::fs::write(&file, TABULAR).expect("it can be written");
    let mut load = medcover(folder);
    let loaded = load.args(["load", "icd10cm", "--from"]).arg(&file).output();
    let loaded = loaded.expect("the program starts");
    assert!(loaded.status.success(), "{loaded:?}");
}

/// The program, which keeps what it keeps in `folder`.
pub(crate) fn medcover(folder: &Path) -> Command {
    medcover_at(&program(), folder)
}

/// The same, compiled to `program`.
pub(crate) fn medcover_at(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("HOME", folder)
        .env("MEDCOVER_DATA", folder.join("data"))
        .env("MEDCOVER_ADMIN_PASSWORD", Server::PASSWORD)
        .env("MEDCOVER__FETCH__ENABLED", "false")
        // One address asks for what a town would.
        .env("MEDCOVER__LIMITS__ENABLED", "false")
        .env("MEDCOVER__ADMIN__LISTEN", "127.0.0.1:0");
    command
}

/// `medcover audit verify` by `command`: how many records it has read, or what it says is wrong.
pub(crate) fn verify_audit(mut command: Command) -> Result<u64, String> {
    let output = command.args(["--json", "audit", "verify"]).output();
    let output = output.map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stdout);
    let found: Value = serde_json::from_str(&said).unwrap_or_default();
    let records = found["trails"].as_array().into_iter().flatten();
    let records = records.filter_map(|trail| trail["records"].as_u64()).sum();
    if output.status.success() && found["whole"] == true && records > 0 {
        return Ok(records);
    }
    let why = String::from_utf8_lossy(&output.stderr);
    Err(format!("the audit trail: {said}{why}"))
}

/// It lies beside this program in `target/<profile>`, or above it where this is a test in `deps`.
pub(crate) fn program() -> PathBuf {
    let here = std::env::current_exe().expect("a running program has a place");
    let folders = here.ancestors().skip(1).take(2);
    let mut places = folders.map(|folder| folder.join("medcover"));
    places
        .find(|program| program.is_file())
        .expect("medcover is not there: build the package medcover with the same profile first")
}
