//! `medcover traces`: what the server at the data folder kept of recorded traces.

use std::fmt::Write as _;

use anyhow::{Result, anyhow};
use medcover_contract_operations::{KeptBy, TraceSpan, TraceTree, TreeSpan};
use medcover_kernel::Limit;

use super::AtHand;
use super::reach::{Reach, with_services};
use crate::cli::{Traces, TracesBy};
use crate::terminal::{self, Column, Table};

pub(crate) fn run(at_hand: &AtHand, command: &Traces) -> Result<()> {
    let limit = Limit::new(command.limit).map_err(|error| anyhow!("--limit {error}"))?;
    with_services(at_hand, None, async |reach| match &command.trace {
        Some(trace) => one(at_hand, reach, trace).await,
        None => list(at_hand, reach, command.by, limit).await,
    })
}

async fn list(at_hand: &AtHand, reach: &Reach, by: TracesBy, limit: Limit) -> Result<()> {
    let by = match by {
        TracesBy::Newest => KeptBy::Newest,
        TracesBy::Failed => KeptBy::Failed,
        TracesBy::Slowest => KeptBy::Slowest,
    };
    let kept = reach.operations.kept_traces(&reach.call, by, limit).await?;
    if at_hand.global.json {
        return Ok(terminal::print_json(&kept)?);
    }
    if kept.traces.is_empty() {
        terminal::print("No such trace is kept by this process.\n")?;
        return Ok(());
    }
    let mut table = Table::new([
        Column::new("trace").bold(),
        Column::new("began"),
        Column::new("what").gives_way(),
        Column::new("outcome"),
        Column::new("took").right(),
        Column::new("spans").right(),
    ]);
    for it in kept.traces {
        let what = format!("{} {}", it.root.layer, it.root.name);
        table.row([
            it.trace_id,
            it.root.started_at.clone(),
            what,
            it.root.outcome,
            millis(it.root.took_us),
            it.spans.to_string(),
        ]);
    }
    terminal::print(&table.for_stdout())?;
    Ok(())
}

async fn one(at_hand: &AtHand, reach: &Reach, trace: &str) -> Result<()> {
    let tree = reach.operations.kept_trace(&reach.call, trace).await?;
    if at_hand.global.json {
        return Ok(terminal::print_json(&tree)?);
    }
    terminal::print(&as_table(&tree).for_stdout())?;
    Ok(())
}

/// A row for each span, below the one that it is part of.
fn as_table(tree: &TraceTree) -> Table {
    let mut table = Table::new([
        Column::new("what"),
        Column::new("after").right(),
        Column::new("took").right(),
        Column::new("itself").right(),
        Column::new("outcome"),
        Column::new("more").gives_way().dim(),
    ]);
    for TreeSpan {
        depth,
        after_us,
        span,
    } in &tree.spans
    {
        let what = format!("{}{} {}", "  ".repeat(*depth), span.layer, span.name);
        table.row([
            what,
            millis(*after_us),
            millis(span.took_us),
            millis(span.own_us),
            span.outcome.clone(),
            more(span),
        ]);
    }
    table
}

fn more(span: &TraceSpan) -> String {
    let mut words = String::new();
    for (name, value) in &span.attributes {
        let gap = if words.is_empty() { "" } else { ", " };
        let _ = write!(words, "{gap}{name} {value}");
    }
    words
}

fn millis(micros: u64) -> String {
    format!("{}.{:03} ms", micros / 1_000, micros % 1_000)
}
