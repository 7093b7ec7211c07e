//! The public address under TLS.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use medcover_kernel::{Clock as _, SystemClock};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;

use crate::program::{Program, Serving, text};

const LONG: Duration = Duration::from_secs(20);

/// A certificate for `localhost` and its key, as PEM.
fn made() -> (String, String) {
    let names = vec!["localhost".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
    (made.cert.pem(), made.signing_key.serialize_pem())
}

/// The files of a pair in `folder`, whose certificate is returned.
fn written(folder: &Path) -> ([PathBuf; 2], String) {
    let files = ["certificate.pem", "key.pem"].map(|name| folder.join(name));
    let (certificate, key) = made();
    std::fs::write(&files[0], &certificate).expect("written");
    std::fs::write(&files[1], key).expect("written");
    (files, certificate)
}

/// The whole answer to a GET from somebody who trusts this certificate alone; `None` where another one is shown.
fn get(serving: &Serving, trusted: &str, path: &str) -> Option<String> {
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_slice(trusted.as_bytes()).expect("PEM");
    roots.add(certificate).expect("a certificate");
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("known versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").expect("a name");
    let connection = ClientConnection::new(Arc::new(config), name).expect("a client");
    let stream = TcpStream::connect(serving.addr).expect("it listens");
    stream.set_read_timeout(Some(LONG)).expect("a bound");
    let mut stream = StreamOwned::new(connection, stream);
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    // How the connection ends does not matter once the answer is there.
    let _ = stream.read_to_end(&mut answer);
    Some(String::from_utf8_lossy(&answer).into_owned())
}

/// What the health page says of the certificate.
fn check(serving: &Serving, trusted: &str) -> String {
    let answer = get(serving, trusted, "/api/v1/health").expect("it is trusted");
    let (_, body) = answer.split_once("\r\n\r\n").expect("an answer");
    let body = body.trim_start_matches(|it: char| it != '{');
    let mut health = serde_json::Deserializer::from_str(body).into_iter::<Value>();
    let health = health.next().expect("a body").expect("JSON");
    let checks = health["checks"].as_array().expect("checks").iter();
    let mut found = checks.into_iter().filter(|it| it["name"] == "certificate");
    found.next().expect("it is checked")["status"]
        .as_str()
        .expect("a status")
        .to_owned()
}

/// Asks until it is so: signals are heard by themselves.
fn until(what: &str, holds: impl Fn() -> bool) {
    let clock = SystemClock::new();
    while !holds() {
        assert!(clock.elapsed() < LONG, "never: {what}");
        sleep(Duration::from_millis(50));
    }
}

#[test]
fn the_public_address_speaks_tls_and_takes_a_renewed_certificate() {
    let program = Program::new();
    let folder = tempfile::tempdir().expect("a folder");
    let ([certificate, key], first) = written(folder.path());
    let variables = [
        ("MEDCOVER__SERVER__TLS__CERTIFICATE", text(&certificate)),
        ("MEDCOVER__SERVER__TLS__KEY", text(&key)),
    ];
    let mut serving = program.serve_with(&["serve", "--roles", "auth"], &variables);
    assert!(
        serving.said.contains("listening on https://"),
        "{}",
        serving.said
    );
    let answer = get(&serving, &first, "/api/v1/health/live").expect("it is trusted");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(
        answer.contains("strict-transport-security: max-age=31536000"),
        "{answer}"
    );
    assert_eq!(check(&serving, &first), "healthy");

    let (_, second) = written(folder.path());
    serving.signal("HUP");
    until("the second is shown", || {
        get(&serving, &second, "/api/v1/health/live").is_some()
    });
    assert!(get(&serving, &first, "/api/v1/health/live").is_none());

    std::fs::write(&key, "nothing").expect("written");
    serving.signal("HUP");
    until("the fault is told of", || {
        check(&serving, &second) == "degraded"
    });
    assert!(serving.lives());
}

#[test]
fn a_certificate_that_cannot_be_used_is_refused_at_start() {
    let program = Program::new();
    let folder = tempfile::tempdir().expect("a folder");
    let ([certificate, _], _) = written(folder.path());
    let (_, other) = made();
    let stranger = folder.path().join("other.pem");
    std::fs::write(&stranger, other).expect("written");
    let missing = folder.path().join("missing.pem");
    for (key, words) in [
        (stranger, "is not the key of the certificate"),
        (missing, "cannot be read"),
    ] {
        let mut command = program.command(&["serve", "--roles", "auth", "--listen", "127.0.0.1:0"]);
        command.env("MEDCOVER__SERVER__TLS__CERTIFICATE", &certificate);
        command.env("MEDCOVER__SERVER__TLS__KEY", &key);
        let output = command.output().expect("it starts");
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            said.contains(words) && said.contains("docs/guides/tls.md"),
            "{said}"
        );
    }
}
