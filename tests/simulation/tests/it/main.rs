//! The simulation and the drill, as CI runs them.

mod drill;
mod planted;
mod saga;
mod seeds;
