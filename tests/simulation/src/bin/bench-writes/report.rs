//! The page and the figures behind it.

use std::path::Path;

use medcover_simulation::machine::Machine;
use serde::Serialize;

use crate::measure::Figure;

/// At least this much of the rate of single-row transactions.
const OF_SINGLE_ROWS: f64 = 0.5;
/// At least so many times the rate of the same path with one commit a transaction.
const OF_ALONE: f64 = 2.0;

/// Everything that was measured.
#[derive(Serialize)]
pub(crate) struct Report {
    pub(crate) command: &'static str,
    pub(crate) machine: Machine,
    pub(crate) clients: usize,
    pub(crate) rounds: usize,
    pub(crate) seconds: u64,
    pub(crate) single_rows: Figure,
    pub(crate) in_process: Figure,
    pub(crate) batched: Figure,
    pub(crate) alone: Figure,
}

impl Report {
    /// Puts page and figures where the others are.
    pub(crate) fn write(&self) -> std::io::Result<()> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/bench");
        let json = serde_json::to_string_pretty(self).expect("numbers and text");
        std::fs::write(folder.join("writes.json"), json + "\n")?;
        std::fs::write(folder.join("writes.md"), self.page())
    }

    pub(crate) fn page(&self) -> String {
        let Self {
            clients,
            rounds,
            seconds,
            ..
        } = self;
        let rows = [
            ("single-row transactions, in process", &self.single_rows),
            ("transfers, in process", &self.in_process),
            ("transfers over HTTP", &self.batched),
            ("transfers over HTTP, one a transaction", &self.alone),
        ];
        let rows: String = rows
            .iter()
            .map(|(name, figure)| self.row(name, figure))
            .collect();
        format!(
            "# Writes: transfers over HTTP, beside single-row transactions\n\n\
             `{}` writes this page and `writes.json`. {}\n\n\
             | {clients} clients | writes/s | ÷ single rows | p50 ms | p99 ms | writer in use |\n\
             |---|--:|--:|--:|--:|--:|\n\
             {rows}\n\
             ## How\n\n\
             A transfer is two events, two rows, a message, an answer under its key and an audit record, in one commit; the\n\
             accounts are 2,048, drawn at random. The peer inserts one row of 37 bytes in a transaction of its own, through one\n\
             connection. Both use sqlx on SQLite with WAL and `synchronous=FULL`, and both acknowledge what is on the disk.\n\
             {rounds} rounds of {seconds} s a line after a warm-up, the lines in turn; every line is its round with the median\n\
             rate. Clients, server and store share one process and its cores. The bank remembers the accounts that it wrote, so that\n\
             a transfer reads only whether its key was answered; consumers do not run. *Writer in use* is the share of looks, one every 5 ms,\n\
             at which the thread of the writing connection ran or waited for the disk. After each round the audit trail is verified.\n\n\
             ## Targets\n\n\
             Transfers over HTTP at least {OF_SINGLE_ROWS} × single-row transactions, and at least {OF_ALONE} × the same with one commit a\n\
             transaction.\n\n{}",
            self.command,
            self.machine.describe(),
            self.verdict()
        )
    }

    fn row(&self, name: &str, figure: &Figure) -> String {
        format!(
            "| {name} | {:.0} | {:.2} | {:.1} | {:.1} | {:.0} % |\n",
            figure.per_second,
            figure.per_second / self.single_rows.per_second,
            figure.p50_ms,
            figure.p99_ms,
            figure.writer_use_percent
        )
    }

    fn verdict(&self) -> String {
        let reached = |what: &str, ratio: f64, least: f64| {
            let word = if ratio >= least {
                "Reached"
            } else {
                "Not reached"
            };
            format!("- {word}: {ratio:.2} × {what}, at least {least}.\n")
        };
        let rate = self.batched.per_second;
        reached(
            "single rows",
            rate / self.single_rows.per_second,
            OF_SINGLE_ROWS,
        ) + &reached(
            "one commit a transaction",
            rate / self.alone.per_second,
            OF_ALONE,
        )
    }
}
