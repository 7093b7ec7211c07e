//! `cargo xtask generate terms`: codes with titles, as many as a measurement needs.
#![expect(
    clippy::print_stderr,
    reason = "a command-line tool speaks to its terminal"
)]

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use medcover_scale::terms::{self, LEAST_ROWS, MOST_ROWS};

/// Bytes that are written at once.
const WRITTEN_AT_ONCE: usize = 1 << 20;

/// Makes up codes with titles in the shape of ICD-10-CM, as a plain table that `medcover load icd10cm-table` reads.
#[derive(Parser)]
#[command(name = "cargo xtask generate terms")]
struct Arguments {
    /// How many codes; chapters and blocks stand before them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(LEAST_ROWS..=MOST_ROWS))]
    rows: u64,
    /// What they are drawn by: the same seed gives the same bytes
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Where to write them; without it, to standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments: Arguments = medcover_scale::arguments();
    let Err(error) = write(&arguments) else {
        return ExitCode::SUCCESS;
    };
    // Whoever reads no further has what was wanted.
    if arguments.out.is_none() && error.kind() == io::ErrorKind::BrokenPipe {
        return ExitCode::SUCCESS;
    }
    let place = arguments.out.as_deref().unwrap_or(Path::new("-"));
    eprintln!("{} cannot be written: {error}", place.display());
    ExitCode::FAILURE
}

fn write(arguments: &Arguments) -> io::Result<()> {
    let Arguments { rows, seed, out } = arguments;
    let Some(place) = out else {
        let mut out = BufWriter::with_capacity(WRITTEN_AT_ONCE, io::stdout().lock());
        terms::write(&mut out, *rows, *seed)?;
        return out.flush();
    };
    let mut out = BufWriter::with_capacity(WRITTEN_AT_ONCE, File::create(place)?);
    terms::write(&mut out, *rows, *seed)?;
    out.flush()?;
    eprintln!("{rows} codes in {}", place.display());
    Ok(())
}
