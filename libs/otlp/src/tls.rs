//! Encryption on the way to a collector, and who is believed to be one.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use medcover_telemetry::ExportError;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::collector::{BadCollector, Wire};

/// A file with more holds no authorities.
const MAX_BYTES: u64 = 8 * 1024 * 1024;

/// Where systems keep the authorities that they believe (the list of Go's crypto/x509 for Linux and the BSDs).
const OF_THE_SYSTEM: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// How connections to one collector are encrypted: TLS 1.2 and 1.3.
pub(crate) struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl Tls {
    /// To the collector called `host`, which one of the authorities in the file `ca` speaks for, or one of the system's.
    pub(crate) fn to(host: &str, ca: Option<&Path>, wire: Wire) -> Result<Self, BadCollector> {
        let name = ServerName::try_from(host.to_owned());
        let name = name.map_err(|_| BadCollector::of(format!("{host:?} is no name of a host")))?;
        let file = match ca {
            Some(file) => file.to_owned(),
            None => of_the_system()?,
        };
        let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()));
        let builder = builder.with_safe_default_protocol_versions();
        let builder = builder.map_err(|error| BadCollector::of(error.to_string()))?;
        let builder = builder.with_root_certificates(authorities(&file)?);
        let mut config = builder.with_no_client_auth();
        config.alpn_protocols = vec![wire.alpn().to_vec()];
        Ok(Self {
            connector: TlsConnector::from(Arc::new(config)),
            name,
        })
    }

    /// Agrees on encryption with the other end of `stream`, which must prove that it is the collector.
    pub(crate) async fn over(
        &self,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>, ExportError> {
        Ok(self.connector.connect(self.name.clone(), stream).await?)
    }
}

fn of_the_system() -> Result<PathBuf, BadCollector> {
    let mut known = OF_THE_SYSTEM.iter().map(PathBuf::from);
    let found = known.find(|file| file.is_file());
    found.ok_or_else(|| {
        BadCollector::of("the system has no file of authorities where they usually are: name one in `trace.otlp_ca`")
    })
}

/// The authorities in `file`. Those in a form that is not understood are passed over, as long as one is.
fn authorities(file: &Path) -> Result<RootCertStore, BadCollector> {
    let bad = |detail: String| BadCollector::of(format!("{}: {detail}", file.display()));
    let mut pem = Vec::new();
    let opened = File::open(file);
    let read = opened.and_then(|it| it.take(MAX_BYTES).read_to_end(&mut pem));
    read.map_err(|error| bad(format!("cannot be read: {error}")))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let certificates = certificates.map_err(|error| bad(format!("is no PEM: {error}")))?;
    let mut roots = RootCertStore::empty();
    let (understood, _) = roots.add_parsable_certificates(certificates);
    if understood == 0 {
        return Err(bad("has no certificate of an authority".to_owned()));
    }
    Ok(roots)
}
