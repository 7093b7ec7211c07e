//! The real program over a small release.

use std::path::{Path, PathBuf};
use std::process::Command;

use medcover_testkit::Process;
use serde_json::json;
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
        let folder = tempfile::tempdir().expect("a folder");
        // The release takes its name from the file's.
        let file = folder.path().join("icd10cm-tabular-April-1-2026.xml");
        std::fs::write(&file, TABULAR).expect("it can be written");
        let mut load = medcover(folder.path());
        let loaded = load.args(["load", "icd10cm", "--from"]).arg(&file).output();
        let loaded = loaded.expect("the program starts");
        assert!(loaded.status.success(), "{loaded:?}");
        let mut serve = medcover(folder.path());
        let serve = serve.args(["serve", "--listen", "127.0.0.1:0"]);
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

fn medcover(folder: &Path) -> Command {
    let mut command = Command::new(program());
    command
        .env_clear()
        .env("HOME", folder)
        .env("MEDCOVER_DATA", folder.join("data"))
        .env("MEDCOVER_ADMIN_PASSWORD", Server::PASSWORD)
        .env("MEDCOVER__FETCH__ENABLED", "false")
        .env("MEDCOVER__ADMIN__LISTEN", "127.0.0.1:0");
    command
}

/// This test lies in `target/<profile>/deps`, the program above it.
fn program() -> PathBuf {
    let test = std::env::current_exe().expect("a running program has a place");
    let profile = test.ancestors().nth(2).expect("tests lie two folders deep");
    let program = profile.join("medcover");
    assert!(
        program.exists(),
        "{} is not there: build the package medcover with the same profile first",
        program.display()
    );
    program
}
