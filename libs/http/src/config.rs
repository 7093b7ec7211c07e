//! The settings of the edge and of the server.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use medcover_config::{Check, Section};
use serde::{Deserialize, Serialize};

use crate::server::Files;

/// Which requests are written to the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccessLog {
    /// Every request.
    All,
    /// Errors, slow ones, and one in `sample_one_in`.
    #[default]
    Sampled,
    /// None.
    Off,
}

/// How long requests may take whose path begins with a prefix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PathDeadline {
    /// The beginning of the path, up to the end of one of its parts.
    pub prefix: String,
    /// The deadline.
    pub timeout_ms: u64,
}

/// The section `edge`: what holds for every request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EdgeConfig {
    /// The largest body taken.
    pub max_body_bytes: usize,
    /// How long a client may take to send a body.
    pub body_timeout_ms: u64,
    /// The longest path and query taken.
    pub max_uri_bytes: usize,
    /// How long a request may take.
    pub timeout_ms: u64,
    /// Other deadlines; the longest prefix that fits counts.
    pub deadlines: Vec<PathDeadline>,
    /// Which requests are logged.
    pub access_log: AccessLog,
    /// A request that takes longer is slow.
    pub slow_ms: u64,
    /// Of the requests that are neither errors nor slow, one in this many is logged.
    pub sample_one_in: u64,
    /// Whether answers are compressed for clients that ask.
    pub compress: bool,
    /// Smaller answers are never compressed.
    pub compress_min_bytes: u64,
}

impl Default for EdgeConfig {
    fn default() -> Self {
        let deadline = |prefix: &str, timeout_ms| PathDeadline {
            prefix: prefix.to_owned(),
            timeout_ms,
        };
        Self {
            max_body_bytes: 1024 * 1024,
            body_timeout_ms: 10_000,
            max_uri_bytes: 8 * 1024,
            timeout_ms: 30_000,
            deadlines: vec![
                deadline("/api/v1/search", 30_000),
                deadline("/api/v1/enterprise", 60_000),
                deadline("/api/v1/health", 10_000),
            ],
            access_log: AccessLog::Sampled,
            slow_ms: 500,
            sample_one_in: 100,
            compress: true,
            compress_min_bytes: 1024,
        }
    }
}

impl EdgeConfig {
    /// The deadline of requests for `path`.
    pub fn deadline(&self, path: &str) -> Duration {
        let fits = |prefix: &str| {
            path.strip_prefix(prefix).is_some_and(|rest| {
                rest.is_empty() || rest.starts_with('/') || prefix.ends_with('/')
            })
        };
        let longest = self
            .deadlines
            .iter()
            .filter(|deadline| fits(&deadline.prefix))
            .max_by_key(|deadline| deadline.prefix.len());
        Duration::from_millis(longest.map_or(self.timeout_ms, |deadline| deadline.timeout_ms))
    }
}

impl Section for EdgeConfig {
    fn validate(&self, check: &mut Check<'_>) {
        check.range(
            "max_body_bytes",
            self.max_body_bytes,
            1024..=256 * 1024 * 1024,
        );
        check.range("max_uri_bytes", self.max_uri_bytes, 256..=60_000);
        check.range("timeout_ms", self.timeout_ms, 1..=600_000);
        // A body that never ends is the client's fault (408); past the deadline it would be told as ours (504).
        check.range("body_timeout_ms", self.body_timeout_ms, 1..self.timeout_ms);
        check.range("slow_ms", self.slow_ms, 1..=600_000);
        check.range("sample_one_in", self.sample_one_in, 1..=1_000_000);
        for deadline in &self.deadlines {
            let PathDeadline { prefix, timeout_ms } = deadline;
            check.that(
                "deadlines",
                prefix.starts_with('/'),
                format_args!("must have prefixes that begin with `/`, not `{prefix}`"),
            );
            check.that(
                "deadlines",
                (1..=600_000).contains(timeout_ms),
                format_args!("must have a timeout_ms between 1 and 600000 for `{prefix}`"),
            );
        }
    }
}

/// The section `server`: the listener and its connections.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// Where to listen; port 0 takes any free one.
    pub listen: SocketAddr,
    /// How many connections are open at most; more wait in the queue of the operating system.
    pub max_connections: usize,
    /// How long a client may take to send the head of a request; so long may a connection stay idle, too.
    pub header_timeout_ms: u64,
    /// The largest head of a request.
    pub max_header_bytes: usize,
    /// How long a server that stops goes on taking requests, while it says that it is not ready: until then those who choose
    /// among several have heard of it.
    pub linger_ms: u64,
    /// How long running requests get to finish after that.
    pub drain_ms: u64,
    /// Encryption.
    pub tls: TlsConfig,
}

/// The section `server.tls`: encryption of connections, where a certificate is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsConfig {
    /// The file of the certificate, and of those that vouch for it, as PEM.
    pub certificate: Option<PathBuf>,
    /// The file of its private key, as PEM.
    pub key: Option<PathBuf>,
    /// How long a client may take to agree on encryption.
    pub handshake_ms: u64,
    /// For how many seconds browsers must not come without encryption once they have been here; 0: they are not told.
    pub strict_s: u64,
}

impl Default for TlsConfig {
    fn default() -> Self {
        Self {
            certificate: None,
            key: None,
            handshake_ms: 5_000,
            strict_s: 31_536_000,
        }
    }
}

impl TlsConfig {
    /// Both files; one without the other is refused when settings are checked.
    pub(crate) fn files(&self) -> Option<Files<'_>> {
        Some(Files {
            certificate: self.certificate.as_deref()?,
            key: self.key.as_deref()?,
        })
    }

    /// Whether connections are encrypted.
    pub fn is_on(&self) -> bool {
        self.files().is_some()
    }
}

impl Section for TlsConfig {
    fn validate(&self, check: &mut Check<'_>) {
        let both = self.certificate.is_some() == self.key.is_some();
        check.that("key", both, "must be given together with `certificate`");
        check.range("handshake_ms", self.handshake_ms, 10..=600_000);
        check.range("strict_s", self.strict_s, 0..=63_072_000);
    }
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 3000)),
            max_connections: 4096,
            header_timeout_ms: 15_000,
            max_header_bytes: 64 * 1024,
            linger_ms: 0,
            drain_ms: 20_000,
            tls: TlsConfig::default(),
        }
    }
}

impl ServerConfig {
    pub(crate) fn linger(&self) -> Duration {
        Duration::from_millis(self.linger_ms)
    }
}

impl Section for ServerConfig {
    fn validate(&self, check: &mut Check<'_>) {
        check.range("max_connections", self.max_connections, 1..=1_000_000);
        check.range("header_timeout_ms", self.header_timeout_ms, 10..=600_000);
        check.range(
            "max_header_bytes",
            self.max_header_bytes,
            8 * 1024..=1024 * 1024,
        );
        check.range("linger_ms", self.linger_ms, 0..=60_000);
        check.range("drain_ms", self.drain_ms, 0..=600_000);
        check.section("tls", &self.tls);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_decides_and_only_whole_parts_fit() {
        let config = EdgeConfig::default();
        for (path, seconds) in [
            ("/api/v1/search", 30),
            ("/api/v1/search/icd10", 30),
            ("/api/v1/enterprise", 60),
            ("/api/v1/enterprise/clinical-analysis", 60),
            ("/api/v1/enterprises", 30),
            ("/api/v1/health", 10),
            ("/api/v1/health/ready", 10),
            ("/api/v1/healthy", 30),
            ("/api/v1/codes/E11.65", 30),
            ("/", 30),
        ] {
            assert_eq!(config.deadline(path).as_secs(), seconds, "{path}");
        }
    }
}
