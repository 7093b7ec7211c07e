//! Writes the events of the service into the catalogue, and leaves those of others in it as they are.
//!
//! `cargo run -p medcover-billing --example events`
#![expect(clippy::print_stdout, reason = "it says what it did")]

use std::fs;
use std::io::Result;

const PATH: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../docs/generated/events.md"
);

fn main() -> Result<()> {
    let before = fs::read_to_string(PATH)?;
    let after = medcover_billing::event_catalogue().merged_into(&before);
    if after == before {
        println!("docs/generated/events.md is as it has to be");
        return Ok(());
    }
    fs::write(PATH, after)?;
    println!("wrote the events of billing to docs/generated/events.md");
    Ok(())
}
