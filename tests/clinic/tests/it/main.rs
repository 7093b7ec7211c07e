//! The simulation of the services from visit to cash.

mod ends;
mod planted;
mod seeds;
