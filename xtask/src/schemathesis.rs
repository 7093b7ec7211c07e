//! Schemathesis, installed under `target/tools` on first use.

use std::process::Command;

use anyhow::Result;

use crate::steps;
use crate::workspace;

const VERSION: &str = "4.32.5";

/// Sees to it that it is there.
pub(crate) fn provide() -> Result<()> {
    let folder = workspace::root().join("target/tools/schemathesis");
    let program = folder.join("bin/schemathesis");
    let right = steps::output(Command::new(&program).arg("--version"))
        .is_ok_and(|said| said.trim().ends_with(VERSION));
    if right {
        return Ok(());
    }
    println!("schemathesis {VERSION} is installed under target/tools (once)");
    let venv = ["-m", "venv", "--clear"];
    steps::run(Command::new("python3").args(venv).arg(&folder))?;
    let install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ];
    steps::run(
        Command::new(folder.join("bin/python"))
            .args(install)
            .arg(format!("schemathesis=={VERSION}")),
    )
}
