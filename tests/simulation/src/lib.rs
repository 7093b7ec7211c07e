#![doc = include_str!("../README.md")]

pub mod bank;
pub mod drill;
pub mod machine;
pub mod measured;
pub mod stage;
pub mod world;
