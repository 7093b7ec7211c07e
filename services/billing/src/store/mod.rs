//! What the service keeps: the tables that lists are read from, and the sums of the ledger.

mod ledger;
mod tables;
mod views;

pub(crate) use ledger::{LEDGER_TOTALS, LEDGER_TOTALS_BY_KIND, LedgerTotals};
pub(crate) use tables::{
    AGENTS_BY_NAME, INVOICES_BY_PATIENT, INVOICES_BY_STATE, INVOICES_BY_TIME, JOURNAL_BY_TIME,
    PAYMENTS_BY_PARTY, PAYMENTS_BY_STATE, PAYMENTS_BY_TIME, PLANS_BY_NAME, REFUNDS_BY_STATE,
    REFUNDS_BY_TIME, REMITTANCES_BY_STATE, REMITTANCES_BY_TIME, STATEMENTS_BY_HOLDER,
    WRITE_OFFS_BY_STATE, WRITE_OFFS_BY_TIME,
};
pub(crate) use views::Views;

use medcover_store::Schema;

/// What an engine must know to keep the state of this service.
pub(crate) fn schema() -> Schema {
    tables::add(Schema::new()).table(&LEDGER_TOTALS, &[&LEDGER_TOTALS_BY_KIND])
}
