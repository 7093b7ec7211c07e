//! The W3C `WebDriver` protocol, as far as it is needed: JSON over HTTP/1.1, one connection a request.

use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use medcover_testkit::Process;
use serde_json::Value;

use crate::program::announced;

/// How long an answer may take: starting a browser on a busy machine is the slowest.
const PATIENCE: Duration = Duration::from_secs(90);

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
        let body = if method == "GET" || method == "DELETE" {
            String::new()
        } else {
            body.to_string()
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut answer: Value = self
            .exchange(&request)
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        let value = answer["value"].take();
        match value["error"].as_str() {
            Some(error) => Err(format!("{error}: {}", value["message"])),
            None => Ok(value),
        }
    }

    fn exchange(&self, request: &str) -> io::Result<Value> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(request.as_bytes())?;
        let mut answer = BufReader::new(stream);
        let mut body = vec![0; content_length(&mut answer)?];
        answer.read_exact(&mut body)?;
        Ok(serde_json::from_slice(&body)?)
    }
}

/// Reads the head of an answer and takes the length of the body from it. The driver leaves the connection open, whatever
/// it is asked, so the end of the body cannot be the end of the stream.
fn content_length(answer: &mut impl BufRead) -> io::Result<usize> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        answer.read_line(&mut line)?;
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
            None if line.trim_end().is_empty() => return Ok(length),
            _ => {}
        }
    }
}
