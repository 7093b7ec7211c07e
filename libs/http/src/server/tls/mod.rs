//! Encryption of connections: a certificate with its key, from files that may change while the server runs.

mod files;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::ServerConfig as Acceptance;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::Stop;
use crate::config::TlsConfig;
pub use files::CertificateFault;
pub(crate) use files::Files;
use files::Pem;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// A certificate with its key, for all connections that begin. Cloning is cheap, and clones are the same.
#[derive(Clone)]
pub struct Certificates(Arc<Shared>);

struct Shared {
    config: TlsConfig,
    current: ArcSwap<Acceptance>,
    seen: Mutex<Seen>,
}

/// What the last look at the files found.
struct Seen {
    pem: Pem,
    fault: Option<CertificateFault>,
}

impl Certificates {
    /// Those that `config` names; `None` where it names none, so that connections are not encrypted.
    pub fn open(config: &TlsConfig) -> Result<Option<Self>, CertificateFault> {
        let Some(files) = config.files() else {
            return Ok(None);
        };
        let pem = Pem::read(files)?;
        let current = ArcSwap::new(pem.acceptance(files)?);
        let seen = Mutex::new(Seen { pem, fault: None });
        let config = config.clone();
        Ok(Some(Self(Arc::new(Shared {
            config,
            current,
            seen,
        }))))
    }

    /// From now on SIGHUP no longer kills the process; what is returned looks at the files then, and again and again, until the
    /// server stops.
    pub fn follow(self, mut stop: Stop) -> impl Future<Output = ()> + Send {
        let mut hang_up = signal(SignalKind::hangup()).ok();
        async move {
            loop {
                tokio::select! {
                    () = sleep(LOOK_EVERY) => {}
                    () = told(&mut hang_up) => {}
                    () = stop.draining() => return,
                }
                let looking = self.clone();
                let looked = tokio::task::spawn_blocking(move || looking.look()).await;
                if looked.is_err() {
                    tracing::error!("the certificate could not be looked at; it stays as it is");
                }
            }
        }
    }

    /// Looks at the files. A certificate that fits its key is used from then on; of anything else the log tells, once, and
    /// the certificate before it stays. Connections that are open go on as they are.
    pub fn look(&self) {
        let Some(files) = self.0.config.files() else {
            return;
        };
        let mut seen = self.seen();
        let found = match Pem::read(files) {
            Ok(pem) if pem == seen.pem => return,
            Ok(pem) => {
                let acceptance = pem.acceptance(files);
                seen.pem = pem;
                acceptance
            }
            Err(fault) => Err(fault),
        };
        match found {
            Ok(acceptance) => {
                self.0.current.store(acceptance);
                seen.fault = None;
                tracing::info!("another certificate is in use");
            }
            Err(fault) => {
                if seen.fault.as_ref() != Some(&fault) {
                    tracing::error!("the certificate before it stays: {fault}");
                }
                seen.fault = Some(fault);
            }
        }
    }

    /// What is wrong with the files as they were last; the certificate before it is in use.
    pub fn fault(&self) -> Option<CertificateFault> {
        self.seen().fault.clone()
    }

    /// Agrees on encryption with whoever is at the other end of `stream`; `None` when that takes too long or fails.
    pub(super) async fn accept<S>(&self, stream: S) -> Option<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let acceptor = TlsAcceptor::from(self.0.current.load_full());
        let within = Duration::from_millis(self.0.config.handshake_ms);
        match timeout(within, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => Some(stream),
            Ok(Err(error)) => {
                tracing::debug!(%error, "a connection could not be encrypted");
                None
            }
            Err(_) => {
                tracing::debug!("a connection took too long to be encrypted");
                None
            }
        }
    }

    /// For how many seconds browsers must not come without encryption; 0: they are not told.
    pub(super) fn strict_s(&self) -> u64 {
        self.0.config.strict_s
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for the signal; for ever where it cannot be heard.
async fn told(signal: &mut Option<Signal>) {
    if let Some(signal) = signal
        && signal.recv().await.is_some()
    {
        return;
    }
    std::future::pending::<()>().await;
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Certificates").field(&self.0.config).finish()
    }
}
