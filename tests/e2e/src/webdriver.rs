//! The W3C `WebDriver` protocol, as far as it is needed.

use std::process::Command;

use medcover_testkit::Process;
use serde_json::Value;

use crate::http;
use crate::program::announced;

/// What chromedriver says before its port.
const ANNOUNCED: &str = "started successfully on port ";

/// A running chromedriver. It ends when dropped.
#[derive(Debug)]
pub(crate) struct Driver {
    _process: Process,
    port: u16,
}

impl Driver {
    pub(crate) fn start() -> Self {
        let (process, port) = announced(Command::new("chromedriver").arg("--port=0"), |line| {
            let (_, port) = line.split_once(ANNOUNCED)?;
            port.trim().trim_end_matches('.').parse().ok()
        });
        Self {
            _process: process,
            port,
        }
    }

    /// Sends `body` and returns the `value` of the answer; the error is the driver's message.
    pub(crate) fn send(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let driver = format!("127.0.0.1:{}", self.port);
        let (_, mut answer) = http::exchange(&driver, method, path, body);
        let value = answer["value"].take();
        match value["error"].as_str() {
            Some(error) => Err(format!("{error}: {}", value["message"])),
            None => Ok(value),
        }
    }
}
