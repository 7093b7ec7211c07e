//! The simulation of the services from visit to cash.

mod planted;
mod seeds;
