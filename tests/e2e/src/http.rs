//! JSON over HTTP/1.1, one connection a request.

use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// How long an answer may take: starting a browser on a busy machine is the slowest.
const PATIENCE: Duration = Duration::from_secs(90);

/// Sends `body` to `host`, an address with its port, and returns the status and the body of the answer.
pub(crate) fn exchange(host: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let body = if method == "GET" || method == "DELETE" {
        String::new()
    } else {
        body.to_string()
    };
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    sent(host, &request).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn sent(host: &str, request: &str) -> io::Result<(u16, Value)> {
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = BufReader::new(stream);
    let mut line = String::new();
    answer.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.ok_or_else(|| io::Error::other("no answer"))?;
    let mut body = vec![0; content_length(&mut answer)?];
    answer.read_exact(&mut body)?;
    Ok((status, serde_json::from_slice(&body)?))
}

/// Reads the rest of the head of an answer and takes the length of the body from it. A server may leave the connection
/// open, whatever it is asked, so the end of the body cannot be the end of the stream.
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
