//! The program itself: built, given a release, started.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use super::process::{Server, free_address};
use crate::corpus::{package, repository};

/// The first search, whose answer says that it is ready.
const FIRST_SEARCH: &str = "/api/v1/search/icd10?q=heart+attack";

/// Limits of an address that no measurement reaches.
const BEYOND: [(&str, &str); 4] = [
    ("REQUESTS_PER_MINUTE", "1000000000"),
    ("REQUESTS_PER_HOUR", "1000000000"),
    ("BURST_CAPACITY", "1000000000"),
    ("TOKEN_REFILL_RATE", "4000000"),
];

/// Which requests are logged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Logged {
    /// As shipped: errors, slow ones and one in a hundred.
    Shipped,
    /// Every one.
    All,
}

impl Logged {
    fn name(self) -> &'static str {
        match self {
            Self::Shipped => "shipped",
            Self::All => "all",
        }
    }
}

/// The program, and a folder with a data folder in it for each way of logging: a running server locks its own.
pub struct Medcover {
    program: PathBuf,
    folder: PathBuf,
}

impl Medcover {
    /// Builds the program, unless one is given, and loads the release.
    pub fn prepare(program: Option<&Path>, folder: &Path) -> Result<Self> {
        let program = match program {
            Some(program) => program.to_path_buf(),
            None => build()?,
        };
        let medcover = Self {
            program,
            folder: folder.to_path_buf(),
        };
        let package = repository()
            .join("target/sources")
            .join(&package()?[0].name);
        for logged in [Logged::Shipped, Logged::All] {
            let mut load = medcover.command(logged);
            load.args(["load", "icd10cm", "--from"]).arg(&package);
            ensure!(load.status()?.success(), "the release is not loaded");
        }
        Ok(medcover)
    }

    pub fn start(&self, logged: Logged) -> Result<Server> {
        self.start_with(logged, &[])
    }

    /// Starts it with settings in the environment.
    pub fn start_with(&self, logged: Logged, settings: &[(&str, &str)]) -> Result<Server> {
        let address = free_address()?;
        let mut serve = self.command(logged);
        serve.args(["serve", "--listen", &address.to_string()]);
        serve.env("MEDCOVER__ADMIN__LISTEN", "off");
        // Limits decide as shipped, on every request; only their numbers are beyond what one client can ask for.
        for (limit, number) in BEYOND {
            serve.env(format!("MEDCOVER__LIMITS__ANONYMOUS__{limit}"), number);
        }
        let file = |ending| self.folder.join(format!("{}.{ending}", logged.name()));
        serve.env("MEDCOVER__LOG__FILE", file("log"));
        if logged == Logged::All {
            serve.env("MEDCOVER__EDGE__ACCESS_LOG", "all");
        }
        serve.envs(settings.iter().copied());
        Server::start(serve, address, FIRST_SEARCH, &file("said"))
    }

    fn command(&self, logged: Logged) -> Command {
        let mut command = Command::new(&self.program);
        // Settings of whoever runs the benchmark are not what is shipped.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("MEDCOVER_") {
                command.env_remove(name);
            }
        }
        command.arg("--data").arg(self.folder.join(logged.name()));
        command
    }
}

fn build() -> Result<PathBuf> {
    let mut cargo = Command::new("cargo");
    cargo
        .args(["build", "--release", "--locked", "-p", "medcover"])
        .current_dir(repository());
    ensure!(cargo.status()?.success(), "medcover does not build");
    Ok(repository().join("target/release/medcover"))
}
