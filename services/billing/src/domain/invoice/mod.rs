//! An invoice: what is asked of it and what follows. What is owed is in [`standing`], requests are checked in [`request`].

mod decide;
mod request;
mod standing;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use decide::Command;
pub(crate) use request::{check, key, series};
pub(crate) use standing::receivable;
pub(crate) use state::{Given, Invoice, InvoiceEvent, Lifecycle};
