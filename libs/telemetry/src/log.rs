//! Log lines, from the event to the disk.

mod buffer;
mod config;
mod event;
mod layer;
mod line;
mod operations;
mod panics;
mod rotation;

use std::io;
use std::sync::Arc;

use medcover_kernel::Clock;
use tracing_subscriber::layer::SubscriberExt as _;

use buffer::{Drain, LineBuffer, Standard};
pub use config::{LogConfig, LogFormat};
use layer::LogLayer;
pub use operations::{log_cache_operation, log_database_operation, log_performance};
use rotation::RotatingFile;

use crate::metrics::Metrics;

/// The running log of this process. Dropping it writes what still waits.
#[derive(Debug)]
pub struct Logs {
    lines: Arc<LineBuffer>,
    _drain: Drain,
}

impl Logs {
    /// Begins to log as `config` says, for the whole process; `colour` is for `pretty` on a terminal.
    ///
    /// Fails when the file cannot be opened or a log was begun before.
    pub fn start(config: &LogConfig, colour: bool, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let lines = Arc::new(LineBuffer::new(config.queue_bytes));
        let drain = match &config.file {
            Some(path) => {
                let file = RotatingFile::open(path, config.max_file_bytes, config.files)?;
                Drain::start(Arc::clone(&lines), Box::new(file))?
            }
            None => Drain::start(Arc::clone(&lines), Box::new(Standard))?,
        };
        let layer = LogLayer::new(config.format, colour, clock, Arc::clone(&lines));
        let subscriber = tracing_subscriber::registry()
            .with(config.targets())
            .with(layer);
        tracing::subscriber::set_global_default(subscriber).map_err(io::Error::other)?;
        panics::log_panics();
        Ok(Self {
            lines,
            _drain: drain,
        })
    }

    /// Lines lost so far, because the buffer was full or the output failed.
    pub fn dropped(&self) -> u64 {
        self.lines.dropped()
    }

    /// Adds the count of lost lines to `metrics`.
    pub fn register(&self, metrics: &Metrics) {
        metrics.register(|registry| {
            registry.register_collector(Box::new(Arc::clone(&self.lines)));
        });
    }
}
