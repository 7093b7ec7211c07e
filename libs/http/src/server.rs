//! Sockets: accepting, serving, draining.

mod connection;
mod local;
mod stop;
mod threads;
mod tls;

use std::io;
use std::net::{self, IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::config::ServerConfig;
use connection::Connections;
pub use local::LocalServer;
pub(crate) use local::connect;
pub use stop::{Stop, Stopper, stop};
pub use threads::{EVENT_INTERVAL, Threads};
pub(crate) use tls::Files;
pub use tls::{CertificateFault, Certificates};

/// After accepting failed, most likely for want of file descriptors, some connections get this long to end.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A bound listener.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    config: ServerConfig,
    certificates: Option<Certificates>,
    threads: Option<Arc<Threads>>,
}

/// Where a request came from: the other end of its connection, which may be a proxy. It is among the request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// That a request came encrypted: among its extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encrypted;

/// How a server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Every request was answered.
    Drained,
    /// This many connections were cut off.
    Cut(usize),
}

impl Server {
    /// Takes the address that `config` names. Connections are not encrypted, unless by [`encrypted`](Self::encrypted).
    pub async fn bind(config: &ServerConfig) -> io::Result<Self> {
        Ok(Self {
            listener: TcpListener::bind(config.listen).await?,
            config: config.clone(),
            certificates: None,
            threads: None,
        })
    }

    /// The same, encrypted by `certificates`, where there are some.
    #[must_use]
    pub fn encrypted(mut self, certificates: Option<Certificates>) -> Self {
        self.certificates = certificates;
        self
    }

    /// The same, with connections on threads of their own.
    #[must_use]
    pub fn on(mut self, threads: Arc<Threads>) -> Self {
        self.threads = Some(threads);
        self
    }

    /// The address taken, with the port that was free.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves `router` until `stop` says to drain: then it says on each answer that its connection ends, for as long as is
    /// configured to linger; then it accepts no more, lets running requests finish within the configured time, and cuts off
    /// what is left then or when `stop` says now.
    pub async fn serve(self, router: Router, stop: Stop) -> Ended {
        let connections = Connections::new(&self.config, router, self.certificates);
        let threads = self.threads.as_deref();
        serve(self.listener, &self.config, connections, threads, stop).await
    }
}

/// Where connections come from.
trait Listener: Send + Sync {
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;
    /// A connection that no thread waits for yet.
    type Accepted: Send + 'static;

    /// The next connection, or why there is none now.
    fn next(&self) -> impl Future<Output = io::Result<Self::Accepted>> + Send;

    /// From now on the thread that calls this waits for what comes on the connection.
    fn take(accepted: Self::Accepted) -> io::Result<Self::Stream>;

    /// Who is at the other end of a connection, where that has an address.
    fn peer(_: &Self::Accepted) -> Option<Peer> {
        None
    }
}

impl Listener for TcpListener {
    type Stream = TcpStream;
    type Accepted = net::TcpStream;

    async fn next(&self) -> io::Result<net::TcpStream> {
        let (stream, _) = self.accept().await?;
        // Answers are written whole, so there is nothing to gather.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY refused");
        }
        stream.into_std()
    }

    fn take(accepted: net::TcpStream) -> io::Result<TcpStream> {
        TcpStream::from_std(accepted)
    }

    fn peer(accepted: &net::TcpStream) -> Option<Peer> {
        accepted.peer_addr().ok().map(|at| Peer(at.ip()))
    }
}

async fn serve<L: Listener>(
    listener: L,
    config: &ServerConfig,
    connections: Connections,
    threads: Option<&Threads>,
    mut stop: Stop,
) -> Ended {
    let connections = Arc::new(connections);
    let free = Arc::new(Semaphore::new(config.max_connections));
    let mut open = JoinSet::new();
    let lingered = lingered(stop.clone(), config.linger());
    tokio::pin!(lingered);
    loop {
        let next = async {
            let permit = Arc::clone(&free).acquire_owned().await;
            let permit = permit.expect("the semaphore is never closed");
            (permit, accept(&listener).await)
        };
        tokio::select! {
            biased;
            () = &mut lingered => break,
            Some(_) = open.join_next() => {}
            (permit, accepted) = next => {
                let (connections, stop) = (Arc::clone(&connections), stop.clone());
                let serving = async move {
                    let peer = L::peer(&accepted);
                    match L::take(accepted) {
                        Ok(stream) => connections.serve(peer, stream, stop).await,
                        Err(error) => tracing::warn!(%error, "a connection could not be taken"),
                    }
                    drop(permit);
                };
                match threads {
                    Some(threads) => threads.serve(serving, &mut open),
                    None => _ = open.spawn(serving),
                }
            }
        }
    }
    drop(listener);
    tokio::select! {
        () = all_ended(&mut open) => {}
        () = sleep(Duration::from_millis(config.drain_ms)) => {}
        () = stop.now() => {}
    }
    match open.len() {
        0 => Ended::Drained,
        // Dropping the set ends the tasks.
        cut => Ended::Cut(cut),
    }
}

/// Waits until `stop` has said to drain, and `linger` has passed since, or all must end.
async fn lingered(mut stop: Stop, linger: Duration) {
    stop.draining().await;
    tokio::select! {
        () = sleep(linger) => {}
        () = stop.now() => {}
    }
}

async fn all_ended(open: &mut JoinSet<()>) {
    while open.join_next().await.is_some() {}
}

async fn accept<L: Listener>(listener: &L) -> L::Accepted {
    loop {
        match listener.next().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}
