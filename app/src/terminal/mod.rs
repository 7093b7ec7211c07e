//! What people see: tables, progress, and lines on standard output.

mod progress;
mod table;

use std::fmt::{Display, Write as _};
use std::io::{self, Write as _};

use serde::Serialize;

pub(crate) use progress::Bars;
pub(crate) use table::{Column, Table};

/// Lines to be printed together.
#[derive(Debug, Default)]
pub(crate) struct Lines(String);

impl Lines {
    pub(crate) fn add(&mut self, line: impl Display) {
        writeln!(self.0, "{line}").expect("writing to a string succeeds");
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

/// Writes `text` to standard output, as it is.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Writes `value` to standard output as indented JSON.
pub(crate) fn print_json(value: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    print(&text)
}
