//! What an adjudication decides, and what holds of every one.

mod defects;
mod golden;
mod invariants;
mod laws;
mod model;
mod plan;
mod steps;
mod world;
