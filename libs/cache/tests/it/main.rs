//! The cache from outside.

mod bound;
mod conformance;
mod figures;
mod ground;
mod patterns;
mod reading;
mod single_flight;
mod warming;
mod writing;
