//! `cargo xtask test`: what the tests need, then every test and every example of the documentation.

use anyhow::Result;
use clap::Args;

use crate::schemathesis;
use crate::steps::{self, Steps};
use crate::system;
use crate::workspace::{self, Workspace};

#[derive(Args)]
pub(crate) struct Options {
    /// Install missing programs with apt-get (through sudo when not root).
    #[arg(long)]
    install: bool,
    /// Only these crates.
    #[arg(short, long, value_name = "CRATE")]
    package: Vec<String>,
    /// Only tests whose name contains this.
    #[arg(value_name = "NAME")]
    filter: Option<String>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    // Without its programs a test fails for a reason that is not its own, so nothing is run at all.
    system::provide(options.install)?;
    schemathesis::provide()?;
    let mut steps = Steps::new("test");
    steps.step("tests", || tests(options));
    steps.step("examples in documentation", || examples(options));
    steps.finish()
}

fn tests(options: &Options) -> Result<()> {
    let mut cargo = workspace::cargo();
    if steps::succeeds(workspace::cargo().args(["nextest", "--version"])) {
        cargo.args([
            "nextest",
            "run",
            "--locked",
            "--cargo-profile",
            "ci",
            "--no-fail-fast",
            "--no-tests",
            "pass",
        ]);
    } else {
        cargo.args([
            "test",
            "--locked",
            "--profile",
            "ci",
            "--no-fail-fast",
            "--lib",
            "--bins",
            "--tests",
        ]);
    }
    steps::run(
        cargo
            .args(workspace::selection(&options.package))
            .args(&options.filter),
    )
}

fn examples(options: &Options) -> Result<()> {
    let members = Workspace::read()?
        .members
        .into_iter()
        .filter(|member| member.has_library);
    let libraries = members.map(|member| member.name);
    let chosen: Vec<_> = libraries
        .filter(|name| options.package.is_empty() || options.package.contains(name))
        .collect();
    if chosen.is_empty() {
        return Ok(());
    }
    let mut cargo = workspace::cargo();
    cargo.args([
        "test",
        "--locked",
        "--profile",
        "ci",
        "--no-fail-fast",
        "--doc",
    ]);
    steps::run(
        cargo
            .args(workspace::selection(&chosen))
            .args(&options.filter),
    )
}
