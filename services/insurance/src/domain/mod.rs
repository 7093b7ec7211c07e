//! What may happen, and what follows from what happened. Pure: no clock, no I/O, no chance.

pub(crate) mod accumulator;
pub(crate) mod authorisation;
pub(crate) mod case;
pub(crate) mod check;
pub(crate) mod claim;
pub(crate) mod limits;
pub(crate) mod member;
pub(crate) mod payer;
pub(crate) mod plan;
pub(crate) mod policy;
pub(crate) mod premiums;
pub(crate) mod refusal;
pub(crate) mod remittance;
pub(crate) mod scrub;
pub(crate) mod taken;
