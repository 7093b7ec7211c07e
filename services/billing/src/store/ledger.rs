//! The sums of all accounts, by kind: hot, so no stream, but a projection of the entries beside the log.

use medcover_ledger::{Entry, TrialBalance};
use medcover_store::{Change, Column, ColumnKind, Event, Listing, Projection, RowChange, Table};

use super::views::entry_of;

/// Debits and credits by kind of account, layer and currency.
pub(crate) static LEDGER_TOTALS: Table = Table {
    name: "ledger_totals",
    version: 1,
    key: &[
        Column::of("account", ColumnKind::Text),
        Column::of("layer", ColumnKind::Text),
        Column::of("currency", ColumnKind::Text),
    ],
    columns: &[
        Column::of("debit_minor", ColumnKind::Integer),
        Column::of("credit_minor", ColumnKind::Integer),
    ],
};

pub(crate) static LEDGER_TOTALS_BY_KIND: Listing = Listing {
    name: "by_account",
    table: &LEDGER_TOTALS,
    equal: &[],
    order: "account",
};

/// What makes the sums: to be followed beside the log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LedgerTotals;

impl Projection for LedgerTotals {
    fn name(&self) -> &'static str {
        "billing-ledger-totals"
    }

    fn tables(&self) -> &'static [&'static Table] {
        static TABLES: [&Table; 1] = [&LEDGER_TOTALS];
        &TABLES
    }

    fn apply(&self, event: &Event) -> Vec<RowChange> {
        entry_of(event).map_or_else(Vec::new, |entry| sums(event, &entry.postings))
    }

    fn follows(&self) -> bool {
        true
    }
}

fn sums(event: &Event, entry: &Entry) -> Vec<RowChange> {
    let lines = TrialBalance::of([entry]).lines.into_iter();
    let minor = |minor: i128| i64::try_from(minor).expect("an entry of amounts of 53 bits");
    lines
        .map(|line| RowChange {
            tenant: event.tenant,
            table: &LEDGER_TOTALS,
            key: vec![
                line.kind.name().into(),
                line.layer.name().into(),
                line.currency.code().into(),
            ],
            change: Change::Patch {
                set: Vec::new(),
                add: vec![
                    ("debit_minor", minor(line.debit_minor)),
                    ("credit_minor", minor(line.credit_minor)),
                ],
            },
        })
        .collect()
}
