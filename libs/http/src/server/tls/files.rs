//! The files of a certificate and its key.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig as Acceptance;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A file with more is no certificate.
const MAX_BYTES: u64 = 1024 * 1024;
/// What clients may speak within TLS, the best first.
const ALPN: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Where certificate and key are.
#[derive(Clone, Copy)]
pub(crate) struct Files<'a> {
    pub(crate) certificate: &'a Path,
    pub(crate) key: &'a Path,
}

/// Why a certificate cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFault {
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it, and what to do.
    pub detail: String,
}

/// The text of both files.
#[derive(PartialEq, Eq)]
pub(super) struct Pem {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Pem {
    pub(super) fn read(files: Files<'_>) -> Result<Self, CertificateFault> {
        Ok(Self {
            certificate: read(files.certificate)?,
            key: read(files.key)?,
        })
    }

    /// How connections are accepted with it: TLS 1.2 and 1.3. The certificate must be for the key.
    pub(super) fn acceptance(&self, files: Files<'_>) -> Result<Arc<Acceptance>, CertificateFault> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&self.certificate).collect();
        let chain = chain.map_err(|error| {
            CertificateFault::of(files.certificate, format!("is no PEM: {error}"))
        })?;
        if chain.is_empty() {
            let detail = "has no certificate: it must have `-----BEGIN CERTIFICATE-----`";
            return Err(CertificateFault::of(files.certificate, detail));
        }
        let key = PrivateKeyDer::from_pem_slice(&self.key);
        let key = key.map_err(|error| {
            CertificateFault::of(files.key, format!("has no private key: {error}"))
        })?;
        let builder = Acceptance::builder_with_provider(Arc::new(default_provider()));
        let builder = builder.with_safe_default_protocol_versions();
        let builder =
            builder.map_err(|error| CertificateFault::of(files.certificate, error.to_string()))?;
        let acceptance = builder.with_no_client_auth().with_single_cert(chain, key);
        let mut acceptance =
            acceptance.map_err(|error| CertificateFault::of(files.key, unfit(&error)))?;
        acceptance.alpn_protocols = ALPN.map(<[u8]>::to_vec).to_vec();
        Ok(Arc::new(acceptance))
    }
}

/// Why a certificate and a key do not go together.
fn unfit(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InconsistentKeys(_) => {
            "is not the key of the certificate; give both of one pair".to_owned()
        }
        other => format!("cannot be used with the certificate: {other}"),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, CertificateFault> {
    let mut bytes = Vec::new();
    let file = File::open(path);
    let whole = file.and_then(|file| file.take(MAX_BYTES).read_to_end(&mut bytes));
    whole.map_err(|error| CertificateFault::of(path, format!("cannot be read: {error}")))?;
    Ok(bytes)
}

impl CertificateFault {
    fn of(file: &Path, detail: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            detail: detail.into(),
        }
    }
}

impl fmt::Display for CertificateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.file.display(), self.detail)
    }
}

impl std::error::Error for CertificateFault {}
