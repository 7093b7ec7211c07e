#![doc = include_str!("../README.md")]

pub mod terms;
mod usage;

pub use usage::arguments;
