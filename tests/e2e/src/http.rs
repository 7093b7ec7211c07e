//! JSON over HTTP/1.1, one connection a request.

use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// How long an answer may take: starting a browser on a busy machine is the slowest.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its head, from the second line on.
    head: String,
    /// Its body; null where there is none.
    pub body: Value,
}

impl Answer {
    /// The value of the header `name`; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        let headers = self.head.lines().filter_map(|line| line.split_once(':'));
        let mut named = headers.filter(|(known, _)| known.eq_ignore_ascii_case(name));
        named.next().map_or("", |(_, value)| value.trim())
    }
}

/// Sends `body` to `host`, an address with its port, and returns the status and the body of the answer.
pub(crate) fn exchange(host: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let body = if method == "GET" || method == "DELETE" {
        String::new()
    } else {
        body.to_string()
    };
    let answer = ask(host, method, path, &[], &body);
    (answer.status, answer.body)
}

/// Sends `body`, which is JSON, with `headers` to `host`.
pub(crate) fn ask(
    host: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let answer = try_ask(host, method, path, headers, body);
    answer.unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The same where nobody may be there, or go away before the answer is whole.
pub(crate) fn try_ask(
    host: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<Answer> {
    try_ask_within(PATIENCE, host, method, path, headers, body)
}

/// The same where nobody waits longer than `patience` for the next piece of an answer.
pub(crate) fn try_ask_within(
    patience: Duration,
    host: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<Answer> {
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let headers = headers.concat();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    sent(patience, host, &request)
}

/// What to tell of an answer to `path` from `host` that is not what was wanted.
pub(crate) fn refusal(host: &str, path: &str, answer: &io::Result<Answer>) -> String {
    match answer {
        Ok(answer) => format!("{path} at {host}: {} {}", answer.status, answer.body),
        Err(error) => format!("{path} at {host}: {error}"),
    }
}

fn sent(patience: Duration, host: &str, request: &str) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(patience))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = BufReader::new(stream);
    let mut line = String::new();
    answer.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.ok_or_else(|| io::Error::other("no answer"))?;
    let mut answered = Answer {
        status,
        head: head(&mut answer)?,
        body: Value::Null,
    };
    // A server may leave the connection open, whatever it is asked, so the end of the body cannot be the end of the stream.
    let length = answered.header("content-length").parse().unwrap_or(0);
    if length > 0 && status != 304 {
        let mut body = vec![0; length];
        answer.read_exact(&mut body)?;
        answered.body = serde_json::from_slice(&body)?;
    }
    Ok(answered)
}

/// Reads the rest of the head of an answer.
fn head(answer: &mut impl BufRead) -> io::Result<String> {
    let mut head = String::new();
    loop {
        let mut line = String::new();
        answer.read_line(&mut line)?;
        if line.trim_end().is_empty() {
            return Ok(head);
        }
        head.push_str(&line);
    }
}
