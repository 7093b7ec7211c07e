#![doc = include_str!("../README.md")]

mod carrier;
mod config;
mod consumer;
mod dead_letters;
mod entry;
mod group;
mod hand;
mod hearing;
mod keys;
mod log;
mod metrics;
mod record;
mod relay;
mod scripts;
mod status;

pub use carrier::{Carrier, Standing};
pub use config::StreamsConfig;
pub use consumer::Consumer;
pub use dead_letters::{DeadLetter, DeadLetters};
pub use entry::Delivery;
pub use hand::Handler;
pub use log::{Applying, Checkpoints, Logged};
pub use metrics::{register, register_carriers};
pub use record::{Message, Progress, Record, RecordError, RecordPage};
pub use relay::{Relay, RelayError};
pub use status::{ConsumerCounts, GroupStatus, RelayCounts};
