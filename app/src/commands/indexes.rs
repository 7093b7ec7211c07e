//! `medcover indexes`.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use medcover_kernel::Error;
use medcover_terminology::{IndexReport, IndexUsage, index_reports};
use serde_json::json;

use super::AtHand;
use crate::cli::Indexes;
use crate::exit::Refused;
use crate::terminal::{self, Column, Table};

pub(crate) fn run(at_hand: &AtHand, which: &Indexes) -> Result<()> {
    let options = at_hand.settings.value.store.tables_alone();
    let options = options.ok_or_else(|| {
        Refused::new(
            "the state is in files, which have no such tables",
            "Say where the server is: MEDCOVER__STORE__ENGINE=postgres and MEDCOVER__STORE__URL.",
        )
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the thread that asks the server")?;
    let reports = index_reports(&options, Arc::new(at_hand.clock));
    let reports = runtime.block_on(reports).map_err(Error::from)?;
    if at_hand.global.json {
        return Ok(terminal::print_json(&json!({ "indexes": reports }))?);
    }
    if reports.is_empty() {
        terminal::print("There are no terminology tables yet: medcover load makes them.\n")?;
        return Ok(());
    }
    let table = if which.partitions {
        of_partitions(&reports)
    } else {
        of_all(&reports)
    };
    terminal::print(&table.for_stdout())?;
    Ok(())
}

fn columns(second: &'static str) -> Table {
    Table::new([
        Column::new("index").bold(),
        Column::new(second),
        Column::new("size").right(),
        Column::new("scans").right(),
        Column::new("empty").right(),
        Column::new("state"),
    ])
}

fn of_all(reports: &[IndexReport]) -> Table {
    let mut table = columns("method");
    for it in reports {
        let whole = it.partitions.iter().all(|it| it.valid);
        table.row([
            it.index.clone(),
            it.method.clone(),
            kib(it.bytes),
            it.scans.to_string(),
            share(it.bloat_bytes, it.bytes),
            state(it.scans, whole).to_owned(),
        ]);
    }
    table
}

fn of_partitions(reports: &[IndexReport]) -> Table {
    let mut table = columns("table");
    for it in reports.iter().flat_map(|it| &it.partitions) {
        let IndexUsage {
            index, table: of, ..
        } = it;
        table.row([
            index.clone(),
            of.clone(),
            kib(it.bytes),
            it.scans.to_string(),
            share(it.bloat_bytes, it.bytes),
            state(it.scans, it.valid).to_owned(),
        ]);
    }
    table
}

const fn state(scans: i64, whole: bool) -> &'static str {
    match (whole, scans) {
        (false, _) => "broken off",
        (true, 0) => "never used",
        (true, _) => "",
    }
}

fn kib(bytes: i64) -> String {
    format!("{} KiB", bytes / 1_024)
}

fn share(part: Option<i64>, whole: i64) -> String {
    match part {
        Some(part) if whole > 0 => format!("{} %", 100 * part / whole),
        _ => "-".to_owned(),
    }
}
