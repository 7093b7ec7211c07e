//! The terminology service: loading releases.

pub mod load;
