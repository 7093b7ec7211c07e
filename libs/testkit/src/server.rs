//! A real server on a free port of this machine.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use medcover_http::{Ended, Server, ServerConfig, Stopper, Threads, stop};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// A server that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct TestServer {
    /// Where it listens.
    pub addr: SocketAddr,
    stopper: Stopper,
    serving: JoinHandle<Ended>,
}

impl TestServer {
    /// Serves `router` with the settings as shipped.
    pub async fn start(router: Router) -> Self {
        Self::start_with(router, ServerConfig::default()).await
    }

    /// Serves `router` with these settings, whatever address they name.
    pub async fn start_with(router: Router, config: ServerConfig) -> Self {
        Self::start_on(None, router, config).await
    }

    /// The same on threads of its own, as the program does.
    pub async fn start_on(
        threads: Option<Arc<Threads>>,
        router: Router,
        mut config: ServerConfig,
    ) -> Self {
        config.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut server = Server::bind(&config).await.expect("a free port");
        if let Some(threads) = threads {
            server = server.on(threads);
        }
        let addr = server.local_addr().expect("a bound address");
        let (stopper, stop) = stop();
        let serving = tokio::spawn(server.serve(router, stop));
        Self {
            addr,
            stopper,
            serving,
        }
    }

    /// Begins to drain, without waiting for the end.
    pub fn drain(&self) {
        self.stopper.drain();
    }

    /// Says to end at once.
    pub fn now(&self) {
        self.stopper.now();
    }

    /// Drains and waits for the end.
    pub async fn stop(self) -> Ended {
        self.stopper.drain();
        self.serving.await.expect("the server does not panic")
    }

    /// Waits for the end that was asked for.
    pub async fn ended(self) -> Ended {
        self.serving.await.expect("the server does not panic")
    }

    /// Sends `bytes` as they are on a new connection and reads until the server closes it, or for `patience`. Errors of
    /// the socket end the reading.
    pub async fn raw(&self, bytes: &[u8], patience: Duration) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.addr).await.expect("it listens");
        let mut answer = Vec::new();
        // A server that refuses early may close before all is sent; what it said counts.
        let _ = timeout(patience, async {
            let (mut read, mut write) = stream.split();
            let _ = tokio::join!(write.write_all(bytes), read.read_to_end(&mut answer));
        })
        .await;
        answer
    }
}
