//! A proxy between a caller and a server, which does harm when told.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// What is probed rather than used: a server that fails may still say that it is ready.
const HEALTH: &[u8] = b"GET /api/v1/health";

/// The harm that a proxy does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// None: bytes pass as they are.
    None,
    /// Each piece of a request is held back for so long.
    Slow(Duration),
    /// Every request but those for health is answered 500 at once, and goes no further.
    Errors,
    /// Nothing passes in either direction, and nobody is told. What was sent meanwhile passes afterwards, as after a
    /// partition of the network.
    Silent,
    /// Nobody listens; connections that stand are cut.
    Refuse,
}

/// A proxy before one server, for HTTP/1.1; but for [`Fault::Errors`], for whatever else is said over TCP. It ends when dropped.
#[derive(Debug)]
pub struct FaultProxy {
    /// Where it listens.
    pub addr: SocketAddr,
    fault: watch::Sender<Fault>,
    listening: JoinHandle<()>,
}

impl FaultProxy {
    /// Listens on a free port for connections to `target`.
    pub async fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.expect("a free port");
        let addr = listener.local_addr().expect("a bound address");
        let (fault, told) = watch::channel(Fault::None);
        let listening = tokio::spawn(listen(Some(listener), addr, target, told));
        Self {
            addr,
            fault,
            listening,
        }
    }

    /// Does this from now on.
    pub fn set(&self, fault: Fault) {
        self.fault.send_replace(fault);
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(
    mut listener: Option<TcpListener>,
    addr: SocketAddr,
    target: SocketAddr,
    mut told: watch::Receiver<Fault>,
) {
    loop {
        let refuses = *told.borrow_and_update() == Fault::Refuse;
        if refuses {
            listener = None;
        } else if listener.is_none() {
            listener = TcpListener::bind(addr).await.ok();
        }
        let changed = match &listener {
            None => told.changed().await,
            Some(listener) => tokio::select! {
                changed = told.changed() => changed,
                Ok((stream, _)) = listener.accept() => {
                    tokio::spawn(carry(stream, target, told.clone()));
                    continue;
                }
            },
        };
        if changed.is_err() {
            return;
        }
    }
}

/// Carries one connection until either side ends it, or it is cut.
async fn carry(client: TcpStream, target: SocketAddr, mut told: watch::Receiver<Fault>) {
    let Ok(server) = TcpStream::connect(target).await else {
        return;
    };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let to_client = Arc::new(Mutex::new(to_client));
    let (requests, answers) = (told.clone(), told.clone());
    let refused = async {
        let _ = told.wait_for(|fault| *fault == Fault::Refuse).await;
    };
    // Whoever is done first ends both: an error is an end like any other.
    tokio::select! {
        _ = carry_requests(from_client, to_server, Arc::clone(&to_client), requests) => {}
        _ = carry_answers(from_server, to_client, answers) => {}
        () = refused => {}
    }
}

async fn carry_requests(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    back: Arc<Mutex<OwnedWriteHalf>>,
    mut told: watch::Receiver<Fault>,
) -> io::Result<()> {
    let mut piece = Vec::with_capacity(16 * 1024);
    loop {
        piece.clear();
        if from.read_buf(&mut piece).await? == 0 {
            return Ok(());
        }
        passable(&mut told).await;
        let fault = *told.borrow();
        if let Fault::Slow(pause) = fault {
            sleep(pause).await;
        }
        if fault == Fault::Errors && !piece.starts_with(HEALTH) {
            read_to_end(&mut from, &mut piece).await?;
            let answer = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n";
            back.lock().await.write_all(answer).await?;
        } else {
            to.write_all(&piece).await?;
        }
    }
}

async fn carry_answers(
    mut from: OwnedReadHalf,
    to: Arc<Mutex<OwnedWriteHalf>>,
    mut told: watch::Receiver<Fault>,
) -> io::Result<()> {
    let mut piece = Vec::with_capacity(16 * 1024);
    loop {
        piece.clear();
        if from.read_buf(&mut piece).await? == 0 {
            return Ok(());
        }
        passable(&mut told).await;
        to.lock().await.write_all(&piece).await?;
    }
}

/// Waits until something passes.
async fn passable(told: &mut watch::Receiver<Fault>) {
    let _ = told.wait_for(|fault| *fault != Fault::Silent).await;
}

/// Reads on to the end of the request that begins with `piece`.
async fn read_to_end(from: &mut OwnedReadHalf, piece: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let head = piece.windows(4).position(|it| it == b"\r\n\r\n");
        if head.is_some_and(|end| piece.len() >= end + 4 + length(&piece[..end])) {
            return Ok(());
        }
        if from.read_buf(piece).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// The length of the body that `head` announces.
fn length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let line = head
        .lines()
        .find_map(|it| it.strip_prefix("content-length:"));
    line.and_then(|it| it.trim().parse().ok()).unwrap_or(0)
}
