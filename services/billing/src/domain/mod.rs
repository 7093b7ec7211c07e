//! What may happen to whom: pure decisions over state, command and day.

pub(crate) mod agent;
pub(crate) mod books;
pub(crate) mod charges;
pub(crate) mod commission;
pub(crate) mod invoice;
pub(crate) mod keys;
pub(crate) mod payment;
pub(crate) mod plan;
pub(crate) mod refund;
pub(crate) mod remittance;
pub(crate) mod rules;
pub(crate) mod write_off;
