#![doc = include_str!("../README.md")]

pub mod commands;
pub mod model;
mod setting;
mod terminology;
pub mod world;
