//! Connections that are encrypted, with certificates made here.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use medcover_http::{Certificates, Ended, Server, ServerConfig, Stopper, TlsConfig, stop};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ProtocolVersion, RootCertStore, version};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::demo::router;

const LONG: Duration = Duration::from_secs(5);

/// A pair of files, and who trusts them.
struct Pair {
    folder: TempDir,
    trusted: String,
}

impl Pair {
    fn new() -> Self {
        let pair = Self {
            folder: tempfile::tempdir().expect("a folder"),
            trusted: String::new(),
        };
        pair.renewed()
    }

    /// Another certificate in the place of this one.
    fn renewed(mut self) -> Self {
        let (certificate, key) = made();
        std::fs::write(self.certificate(), &certificate).expect("written");
        std::fs::write(self.key(), key).expect("written");
        self.trusted = certificate;
        self
    }

    fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    fn config(&self) -> TlsConfig {
        TlsConfig {
            certificate: Some(self.certificate()),
            key: Some(self.key()),
            ..TlsConfig::default()
        }
    }
}

/// A certificate for `localhost` and its key, as PEM.
fn made() -> (String, String) {
    let names = vec!["localhost".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
    (made.cert.pem(), made.signing_key.serialize_pem())
}

struct House {
    addr: SocketAddr,
    stopper: Stopper,
    serving: JoinHandle<Ended>,
    certificates: Certificates,
}

impl House {
    async fn with(config: ServerConfig) -> Self {
        let config = ServerConfig {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            ..config
        };
        let certificates = Certificates::open(&config.tls).expect("a good pair");
        let server = Server::bind(&config).await.expect("a free port");
        let addr = server.local_addr().expect("bound");
        let (stopper, stop) = stop();
        let serving = server.encrypted(certificates.clone()).serve(router(), stop);
        Self {
            addr,
            stopper,
            serving: tokio::spawn(serving),
            certificates: certificates.expect("a pair is given"),
        }
    }

    async fn of(pair: &Pair) -> Self {
        let config = ServerConfig {
            tls: pair.config(),
            ..ServerConfig::default()
        };
        Self::with(config).await
    }

    /// A connection that speaks one of `protocols`; `None` where the other end is not trusted or does not speak them.
    async fn connect(&self, trusted: &str, protocols: &[&str]) -> Option<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(self.addr).await.expect("it listens");
        let name = ServerName::try_from("localhost").expect("a name");
        let connector =
            TlsConnector::from(Arc::new(client(trusted, protocols, version::TLS13.version)));
        connector.connect(name, stream).await.ok()
    }

    /// The whole answer to a GET over one connection.
    async fn get(&self, trusted: &str) -> Option<String> {
        let stream = self.connect(trusted, &["http/1.1"]).await?;
        Some(ask(stream).await)
    }
}

fn client(trusted: &str, protocols: &[&str], most: ProtocolVersion) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_slice(trusted.as_bytes()).expect("PEM");
    roots.add(certificate).expect("a certificate");
    let versions = match most {
        ProtocolVersion::TLSv1_3 => vec![&version::TLS13, &version::TLS12],
        _ => vec![&version::TLS12],
    };
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()));
    let builder = builder.with_protocol_versions(&versions).expect("known");
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|it| it.as_bytes().to_vec()).collect();
    config
}

async fn ask(mut stream: TlsStream<TcpStream>) -> String {
    let request = b"GET /who HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request).await.expect("it takes a request");
    let mut answer = Vec::new();
    // A server that closes without a word of farewell has said all it had to.
    let _ = timeout(LONG, stream.read_to_end(&mut answer))
        .await
        .expect("in time");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_client_that_trusts_the_certificate_is_answered_and_told_to_stay_encrypted() {
    let pair = Pair::new();
    let house = House::of(&pair).await;
    let answer = house.get(&pair.trusted).await.expect("it is trusted");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(
        answer.contains("strict-transport-security: max-age=31536000"),
        "{answer}"
    );
    let (stranger, _) = made();
    assert!(
        house.get(&stranger).await.is_none(),
        "another certificate is trusted"
    );
    let mut plain = TcpStream::connect(house.addr).await.expect("it listens");
    plain
        .write_all(b"GET /who HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .expect("sent");
    let mut answer = Vec::new();
    let _ = timeout(LONG, plain.read_to_end(&mut answer))
        .await
        .expect("it closes");
    assert!(!String::from_utf8_lossy(&answer).contains("HTTP/1.1"));
}

#[tokio::test]
async fn both_versions_of_the_protocol_and_of_http_are_spoken() {
    let pair = Pair::new();
    let house = House::of(&pair).await;
    for most in [ProtocolVersion::TLSv1_3, ProtocolVersion::TLSv1_2] {
        let stream = TcpStream::connect(house.addr).await.expect("it listens");
        let name = ServerName::try_from("localhost").expect("a name");
        let connector = TlsConnector::from(Arc::new(client(&pair.trusted, &["http/1.1"], most)));
        let stream = connector.connect(name, stream).await.expect("it is spoken");
        assert_eq!(stream.get_ref().1.protocol_version(), Some(most));
        assert!(ask(stream).await.starts_with("HTTP/1.1 200"));
    }
    let mut second = house
        .connect(&pair.trusted, &["h2", "http/1.1"])
        .await
        .expect("trusted");
    assert_eq!(second.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    // The preface with settings that say nothing; the answer is a frame of settings.
    second
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        .await
        .expect("sent");
    let mut frame = [0; 9];
    let read = timeout(LONG, second.read_exact(&mut frame))
        .await
        .expect("in time");
    read.expect("a frame");
    assert_eq!(frame[3], 4, "{frame:?}");
    assert!(house.connect(&pair.trusted, &["spdy/1"]).await.is_none());
}

#[tokio::test]
async fn a_slow_handshake_frees_its_place() {
    let pair = Pair::new();
    let tls = TlsConfig {
        handshake_ms: 100,
        ..pair.config()
    };
    let house = House::with(ServerConfig {
        max_connections: 1,
        tls,
        ..ServerConfig::default()
    })
    .await;
    for beginning in [&b""[..], &[0x16, 0x03, 0x01]] {
        let mut silent = TcpStream::connect(house.addr).await.expect("it listens");
        silent.write_all(beginning).await.expect("sent");
        let answer = timeout(LONG, house.get(&pair.trusted))
            .await
            .expect("in time");
        assert!(answer.expect("trusted").starts_with("HTTP/1.1 200"));
        let closed = timeout(LONG, silent.read_to_end(&mut Vec::new())).await;
        assert!(closed.is_ok(), "it was held");
    }
}

#[tokio::test]
async fn a_renewed_certificate_is_used_and_open_connections_go_on() {
    let pair = Pair::new();
    let house = House::of(&pair).await;
    let before = pair.trusted.clone();
    let open = house
        .connect(&before, &["http/1.1"])
        .await
        .expect("trusted");
    let pair = pair.renewed();
    house.certificates.look();
    assert!(house.get(&before).await.is_none(), "the old one is in use");
    assert!(house.get(&pair.trusted).await.is_some());
    assert!(ask(open).await.starts_with("HTTP/1.1 200"));
    assert_eq!(house.certificates.fault(), None);
}

/// Something done to the files.
type Harm<'a> = &'a dyn Fn();

#[tokio::test]
async fn a_broken_certificate_never_replaces_one_that_works() {
    let pair = Pair::new();
    let house = House::of(&pair).await;
    let (other, _) = made();
    let good = std::fs::read(pair.key()).expect("a key");
    let write = |path: PathBuf, bytes: &[u8]| std::fs::write(path, bytes).expect("written");
    let harms: [(&str, Harm<'_>); 5] = [
        ("is not the key", &|| {
            write(pair.certificate(), other.as_bytes());
        }),
        ("has no certificate", &|| {
            write(pair.certificate(), b"nothing");
        }),
        ("cannot be read", &|| {
            std::fs::remove_file(pair.certificate()).expect("removed");
        }),
        ("has no private key", &|| {
            write(pair.certificate(), pair.trusted.as_bytes());
            write(pair.key(), b"");
        }),
        ("has no private key", &|| write(pair.key(), &[0xff; 4096])),
    ];
    for (words, harm) in harms {
        harm();
        house.certificates.look();
        let fault = house.certificates.fault().expect("a fault");
        assert!(fault.to_string().contains(words), "{fault}");
        assert!(house.get(&pair.trusted).await.is_some(), "after: {words}");
    }
    std::fs::write(pair.key(), good).expect("written");
    house.certificates.look();
    assert_eq!(house.certificates.fault(), None, "it is mended");
    assert!(house.get(&pair.trusted).await.is_some());
}

#[test]
fn what_cannot_be_used_is_refused_before_the_server_listens() {
    let pair = Pair::new();
    let other = Pair::new();
    let missing = Path::new("/nowhere/key.pem");
    for (key, words) in [
        (other.key(), "is not the key of the certificate"),
        (missing.to_owned(), "cannot be read"),
    ] {
        let config = TlsConfig {
            key: Some(key),
            ..pair.config()
        };
        let fault = Certificates::open(&config).expect_err("it cannot be used");
        assert!(fault.to_string().contains(words), "{fault}");
    }
    let none = Certificates::open(&TlsConfig::default());
    assert!(none.expect("no fault").is_none());
}

#[tokio::test]
async fn a_server_that_stops_ends_encrypted_connections_too() {
    let pair = Pair::new();
    let house = House::of(&pair).await;
    let idle = house
        .connect(&pair.trusted, &["http/1.1"])
        .await
        .expect("trusted");
    house.stopper.drain();
    let ended = timeout(LONG, house.serving).await.expect("in time");
    assert_eq!(ended.expect("no panic"), Ended::Drained);
    drop(idle);
}
