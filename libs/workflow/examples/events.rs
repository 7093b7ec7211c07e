//! Prints the catalogue of events.
//!
//! `cargo run -p medcover-workflow --example events > docs/generated/events.md`
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use medcover_workflow::saga;

fn main() {
    print!("{}", saga::catalogue().document());
}
