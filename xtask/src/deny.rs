//! cargo-deny, installed under `target/tools` on first use so that no machine needs preparing.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::steps;
use crate::workspace;

/// The version whose `deny.toml` we write.
const VERSION: &str = "0.20.2";

/// Bans, licences and sources by `deny.toml`. Advisories are left out: they need a download and change by the day.
pub(crate) fn check() -> Result<()> {
    let program = installed()?;
    let what = ["--locked", "check", "bans", "licenses", "sources"];
    steps::run(
        Command::new(program)
            .args(what)
            .current_dir(workspace::root()),
    )
}

fn installed() -> Result<PathBuf> {
    let tools = workspace::root().join("target/tools");
    let program = tools.join("bin/cargo-deny");
    let right = steps::output(Command::new(&program).arg("--version"))
        .is_ok_and(|said| said.trim().ends_with(VERSION));
    if !right {
        println!("cargo-deny {VERSION} is installed under target/tools (once, about two minutes)");
        let install = [
            "install",
            "cargo-deny",
            "--version",
            VERSION,
            "--locked",
            "--force",
            "--quiet",
        ];
        let mut cargo = workspace::cargo();
        // Unoptimised and without debug data it compiles in a quarter of the time, and still checks within a second.
        cargo
            .args(install)
            .args(["--no-default-features", "--profile", "dev", "--root"])
            .arg(&tools);
        cargo
            .env("CARGO_TARGET_DIR", tools.join("build"))
            .env("CARGO_PROFILE_DEV_DEBUG", "0");
        steps::run(&mut cargo)?;
        // What it was compiled from takes hundreds of megabytes and is of no more use.
        let _ = std::fs::remove_dir_all(tools.join("build"));
    }
    Ok(program)
}
