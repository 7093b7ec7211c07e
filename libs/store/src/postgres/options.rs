//! How a store is opened.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::{SpoolOptions, limits};

/// Statements that a connection keeps prepared.
const PREPARED: usize = 512;

/// When the server looks after a process that says nothing: after how many seconds, how often then, and how often in vain before it
/// gives the connection up. One that is cut off takes its connections for no longer than a minute, not for two hours.
const KEPT_ALIVE: [(&str, &str); 3] = [
    ("tcp_keepalives_idle", "30"),
    ("tcp_keepalives_interval", "10"),
    ("tcp_keepalives_count", "3"),
];

/// A setting of the server for a connection.
pub(super) type ServerSetting = (&'static str, String);

/// Where a store lies and how it is opened.
#[derive(Clone)]
pub struct PostgresOptions {
    /// `postgres://user:password@host:port/database`; with several hosts, `host:port,host:port`, that one is written which takes
    /// writes.
    pub url: String,
    /// The same of each server that follows the one that is written; of roles that can only read.
    pub replicas: Vec<String>,
    /// How far a replica may be behind and still be asked.
    pub replica_lag: Duration,
    /// The schema, made where it is missing: 1 to 63 of `a` to `z`, `0` to `9` and `_`.
    pub schema: String,
    /// The file of this process's own for the anchors of the audit trail.
    pub anchors: PathBuf,
    /// Commits that go into one transaction at most.
    pub batch: usize,
    /// Connections for reading that are kept while nobody needs them.
    pub kept: u32,
    /// Connections for reading at most.
    pub most: u32,
    /// For how long a connection is used.
    pub recycle: Duration,
    /// Whether a connection is tried before it is used.
    pub pre_ping: bool,
    /// How long a reader waits for a connection before the store counts as not available.
    pub wait: Duration,
    /// How long the server works on a statement before it gives up.
    pub statement_timeout: Duration,
    /// How long the server keeps a reader's transaction in which nothing happens. One that writes is kept for the time of a
    /// statement, because others wait for it.
    pub idle_in_transaction: Duration,
    /// Failures in a row that open the breaker `database`; 0: none do.
    pub failure_threshold: u32,
    /// How long the breaker stays open before it probes (1 ms to a day), unless the server is found to be there again.
    pub recovery: Duration,
    /// How often the server is asked what other processes have written.
    pub follow: Duration,
    /// Whether a replica answers those who only [show](crate::Showing) what they read while the server is away.
    pub shows: bool,
    /// Where the audit records of what is shown wait meanwhile; `None`: nothing is shown of which there must be one.
    pub spool: Option<SpoolOptions>,
}

impl PostgresOptions {
    /// The store in `schema` of the database at `url`, with the usual bounds.
    pub fn new(
        url: impl Into<String>,
        schema: impl Into<String>,
        anchors: impl Into<PathBuf>,
    ) -> Self {
        Self {
            url: url.into(),
            replicas: Vec::new(),
            replica_lag: Duration::from_secs(1),
            schema: schema.into(),
            anchors: anchors.into(),
            batch: limits::BATCH,
            kept: 2,
            most: 10,
            recycle: Duration::from_hours(1),
            pre_ping: true,
            wait: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(30),
            idle_in_transaction: Duration::from_mins(10),
            failure_threshold: 3,
            recovery: Duration::from_secs(30),
            follow: Duration::from_millis(100),
            shows: false,
            spool: None,
        }
    }

    /// The hosts of `url`, in their order.
    pub(super) fn hosts(&self, url: &str) -> Result<Vec<PgConnectOptions>, sqlx::Error> {
        let hosts = each_host(url).map(|url| {
            Ok(PgConnectOptions::from_str(&url)?
                .application_name("medcover")
                .statement_cache_capacity(PREPARED)
                .options([
                    ("search_path", self.schema.clone()),
                    ("statement_timeout", millis(self.statement_timeout)),
                    idle_for(self.idle_in_transaction),
                ])
                .options(KEPT_ALIVE)
                .disable_statement_logging())
        });
        hosts.collect()
    }

    /// How the connections of readers are kept.
    pub(super) fn pooling(&self) -> PgPoolOptions {
        PgPoolOptions::new()
            .min_connections(self.kept)
            // One of them looks after the server.
            .max_connections(self.most.saturating_sub(1).max(1))
            .max_lifetime(self.recycle)
            .acquire_timeout(self.wait)
            .test_before_acquire(self.pre_ping)
    }

    /// Where it lies, without the password.
    pub(super) fn place(&self) -> String {
        let host = self.url.rsplit('@').next().unwrap_or_default();
        format!("schema {} of {host}", self.schema)
    }
}

impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresOptions({})", self.place())
    }
}

/// For how long the server keeps a transaction in which nothing happens.
pub(super) fn idle_for(time: Duration) -> ServerSetting {
    ("idle_in_transaction_session_timeout", millis(time))
}

fn millis(time: Duration) -> String {
    time.as_millis().to_string()
}

/// A URL for each of the hosts that `url` names between commas.
fn each_host(url: &str) -> impl Iterator<Item = String> {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..]
        .find(['/', '?'])
        .map_or(url.len(), |at| start + at);
    let start = url[start..end]
        .rfind('@')
        .map_or(start, |at| start + at + 1);
    let hosts = url[start..end].split(',');
    hosts.map(move |host| format!("{}{host}{}", &url[..start], &url[end..]))
}

#[cfg(test)]
mod tests {
    use medcover_testkit::PostgresServer;
    use sqlx::Connection as _;

    use super::*;

    /// A setting whose name the server did not know would refuse the connection.
    #[tokio::test]
    async fn the_server_looks_after_those_who_say_nothing() {
        let server = PostgresServer::start().expect("it starts");
        let options = PostgresOptions::new(server.url(), "public", "none");
        let hosts = options.hosts(&options.url).expect("a host");
        let mut connection = hosts[0].connect().await.expect("it answers");
        for (setting, value) in KEPT_ALIVE {
            let show = sqlx::query_scalar::<_, String>("SELECT current_setting($1)").bind(setting);
            let shown = show.fetch_one(&mut connection).await;
            assert_eq!(shown.expect("it is set"), value, "{setting}");
        }
        connection.close().await.expect("it is closed");
    }

    #[test]
    fn a_url_may_name_several_hosts() {
        let hosts = |url| each_host(url).collect::<Vec<_>>();
        let one = "postgres://me:secret@db.example/medcover?sslmode=disable";
        assert_eq!(hosts(one), [one]);
        assert_eq!(
            hosts("postgres://me:se,cret@one:5432,[::1]:5433,three/medcover"),
            [
                "postgres://me:se,cret@one:5432/medcover",
                "postgres://me:se,cret@[::1]:5433/medcover",
                "postgres://me:se,cret@three/medcover",
            ]
        );
        assert_eq!(
            hosts("postgres://one,two"),
            ["postgres://one", "postgres://two"]
        );
    }
}
