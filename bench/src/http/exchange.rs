//! One connection that is kept alive: a request goes out, its whole answer comes in.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Longest head of an answer.
const MAX_HEAD: usize = 16 << 10;

pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer that has arrived.
pub struct Answer {
    pub status: u16,
    pub body_bytes: usize,
}

/// A request as it goes over the wire.
pub fn request(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n")
        .into_bytes()
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(64 << 10),
        })
    }

    /// Gives back what is only needed while an answer comes in.
    pub fn rest(&mut self) {
        self.buffer = Vec::new();
    }

    pub async fn ask(&mut self, request: &[u8]) -> Result<Answer> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            self.read().await?;
            if let Some(end) = self.buffer.windows(4).position(|it| it == b"\r\n\r\n") {
                break end + 4;
            }
            if self.buffer.len() > MAX_HEAD {
                bail!("the head of the answer does not end");
            }
        };
        let text = std::str::from_utf8(&self.buffer[..head]).context("the head is text")?;
        let status = text.get(9..12).and_then(|code| code.parse().ok());
        let answer = Answer {
            status: status.context("the answer has a status")?,
            body_bytes: content_length(text).context("the answer says how long it is")?,
        };
        while self.buffer.len() < head + answer.body_bytes {
            self.read().await?;
        }
        Ok(answer)
    }

    async fn read(&mut self) -> Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}

fn content_length(head: &str) -> Option<usize> {
    head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().ok())?
    })
}
