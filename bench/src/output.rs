//! Where figures go.

use std::fs;

use anyhow::Result;
use serde::Serialize;

use crate::corpus::repository;

/// Writes `docs/bench/<name>.json` and `docs/bench/<name>.md`.
pub fn write(name: &str, json: &impl Serialize, markdown: &str) -> Result<()> {
    let folder = repository().join("docs/bench");
    fs::create_dir_all(&folder)?;
    let mut json = serde_json::to_string_pretty(json)?;
    json.push('\n');
    fs::write(folder.join(format!("{name}.json")), json)?;
    fs::write(folder.join(format!("{name}.md")), markdown)?;
    eprintln!("written: docs/bench/{name}.json and docs/bench/{name}.md");
    Ok(())
}

/// Three significant digits.
pub fn figure(value: f64) -> String {
    match value.abs() {
        small if small < 10.0 => format!("{value:.2}"),
        middle if middle < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}
