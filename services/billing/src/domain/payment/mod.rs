//! A payment: what is asked of it and what follows, with the refunds of its money.

mod decide;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use decide::{Command, Put, check};
pub(crate) use state::{Allocation, Payment, PaymentEvent, Stage};
