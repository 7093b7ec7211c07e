//! `cargo xtask lint`: everything that can be found wrong without running the product.

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::steps::{self, Steps};
use crate::workspace::{self, Workspace};
use crate::{arrows, claims, deny, links, purity, reasons, rules, unused};

#[derive(Args)]
pub(crate) struct Options {
    /// Only these crates, in the checks that compile.
    #[arg(short, long, value_name = "CRATE")]
    package: Vec<String>,
    /// Only these checks, separated by commas.
    #[arg(long, value_delimiter = ',', value_name = "CHECK")]
    only: Vec<Check>,
}

/// The checks in the order they run: the quick ones first.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Check {
    /// rustfmt leaves every file as it is
    Format,
    /// files are text, not huge, finished, and name no machine or registry
    Rules,
    /// links between documents lead somewhere
    Links,
    /// dependencies point down, and core stays pure
    Arrows,
    /// every dependency is used
    Unused,
    /// every workspace dependency has its reason in docs/adr
    Reasons,
    /// what docs/claims.md claims has its evidence
    Claims,
    /// bans, licences and sources by cargo-deny
    Deny,
    /// clippy without a warning
    Clippy,
    /// benchmarks against peers compile, with the lock file that they have
    Bench,
    /// rustdoc without a warning
    Docs,
}

/// A workspace of its own, for its peers are too heavy to be linked for every check.
const BENCH: &str = "bench/Cargo.toml";

pub(crate) fn run(options: &Options) -> Result<()> {
    let mut steps = Steps::new("lint");
    for check in Check::value_variants() {
        if options.only.is_empty() || options.only.contains(check) {
            steps.step(check.name(), || check.run(&options.package));
        }
    }
    steps.finish()
}

impl Check {
    fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Rules => "rules",
            Self::Links => "links",
            Self::Arrows => "arrows",
            Self::Unused => "unused dependencies",
            Self::Reasons => "reasons for dependencies",
            Self::Claims => "claims",
            Self::Deny => "bans, licences, sources",
            Self::Clippy => "clippy",
            Self::Bench => "benchmarks",
            Self::Docs => "docs",
        }
    }

    fn run(self, packages: &[String]) -> Result<()> {
        match self {
            Self::Format => format(),
            Self::Rules => steps::none_of(&rules::violations(&workspace::files()?)?),
            Self::Links => steps::none_of(&links::violations(&workspace::files()?)?),
            Self::Arrows => check_arrows(),
            Self::Unused => steps::none_of(&unused::violations(
                &Workspace::read()?,
                &workspace::files()?,
            )?),
            Self::Claims => steps::none_of(&claims::violations(
                &Workspace::read()?.members,
                &workspace::files()?,
            )?),
            Self::Reasons => steps::none_of(&reasons::violations()?),
            Self::Deny => deny::check(),
            Self::Clippy => clippy(packages),
            Self::Bench => bench(packages),
            Self::Docs => docs(packages),
        }
    }
}

fn format() -> Result<()> {
    steps::run(workspace::cargo().args(["fmt", "--all", "--check"]))?;
    steps::run(workspace::cargo().args(["fmt", "--check", "--manifest-path", BENCH]))
}

fn check_arrows() -> Result<()> {
    let mut found = arrows::violations(&Workspace::read()?);
    found.extend(purity::violations(&workspace::files()?)?);
    steps::none_of(&found)
}

fn clippy(packages: &[String]) -> Result<()> {
    let mut cargo = workspace::cargo();
    cargo
        .args(["clippy", "--locked", "--profile", "ci", "--all-targets"])
        .args(workspace::selection(packages));
    steps::run(cargo.args(["--", "-D", "warnings"]))
}

fn bench(packages: &[String]) -> Result<()> {
    if !packages.is_empty() {
        return Ok(());
    }
    let target = workspace::root().join("target");
    let mut cargo = workspace::cargo();
    cargo.args([
        "check",
        "--locked",
        "--profile",
        "ci",
        "--manifest-path",
        BENCH,
    ]);
    steps::run(cargo.arg("--target-dir").arg(target))
}

fn docs(packages: &[String]) -> Result<()> {
    let mut cargo = workspace::cargo();
    cargo
        .args(["doc", "--locked", "--profile", "ci", "--no-deps"])
        .args(workspace::selection(packages));
    steps::run(cargo.env("RUSTDOCFLAGS", "-D warnings"))
}
