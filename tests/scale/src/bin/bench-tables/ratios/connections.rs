//! Many who ask the tables at once: one server beside three, and kept connections beside new ones.

use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{Clock as _, SystemClock};
use medcover_terminology::Sample;
use medcover_testkit::PostgresServer;
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection as _, PgConnection, PgPool};

use super::rounds::{CLIENTS, ROUNDS, faster, middle, round};
use super::{Ratio, Way, times};
use crate::Outcome;
use crate::measure::{Budget, Times};

/// Connections to each server.
const CONNECTIONS: u32 = CLIENTS as u32;
/// For how long a replica is waited for.
const CAUGHT_UP_WITHIN: Duration = Duration::from_mins(1);
const BELOW: &str = "SELECT code, term FROM terminology.icd10_master \
    WHERE release = $1 AND code >= $2 AND code < $2 || '~' ORDER BY code LIMIT 10";

/// How calls reach a server.
enum Reach {
    /// Over connections that are kept, to one server after the other.
    Pools(Vec<PgPool>),
    /// Over a new connection each time.
    Anew(String),
}

pub(crate) async fn measure(
    primary: &PostgresServer,
    replicas: &[PostgresServer],
    samples: &[Sample],
    budget: Budget,
) -> Outcome<Vec<Ratio>> {
    eprintln!("one server and three, kept connections and new ones");
    let mut pools = vec![pool(primary).await?];
    for replica in replicas {
        pools.push(pool(replica).await?);
    }
    caught_up(&pools).await?;
    let ways = [
        Reach::Pools(pools[..1].to_vec()),
        Reach::Pools(pools.clone()),
        Reach::Anew(primary.url()),
    ]
    .map(Arc::new);
    let samples = Arc::new(samples.to_vec());
    let span = budget.span / (ROUNDS * 4);
    let mut rounds: [Vec<(f64, Times)>; 3] = Default::default();
    for _ in 0..ROUNDS {
        for (way, found) in ways.iter().zip(&mut rounds) {
            let (way, samples) = (Arc::clone(way), Arc::clone(&samples));
            let ask = move |number: usize| {
                let (way, samples) = (Arc::clone(&way), Arc::clone(&samples));
                async move { way.ask(number, &samples[number % samples.len()]).await }
            };
            found.push(round(span, ask).await?);
        }
    }
    for pool in &pools {
        pool.close().await;
    }
    let names = [
        "the primary alone, kept connections",
        "a primary and two replicas, kept connections, in turn",
        "the primary, a new connection for each call",
    ];
    let mut found = rounds
        .into_iter()
        .zip(names)
        .map(|(rounds, name)| middle(rounds, name));
    let (Some(alone), Some(three), Some(anew)) = (found.next(), found.next(), found.next()) else {
        return Err("there are three ways".into());
    };
    Ok(ratios(alone, three, anew))
}

fn ratios(alone: Way, three: Way, anew: Way) -> Vec<Ratio> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    vec![
        Ratio {
            what: "primary with two replicas ÷ alone, answers a second",
            stated: "3 ×",
            found: times(three.rate() / alone.rate()),
            why: format!(
                "all three servers and the {CLIENTS} who ask share {cores} cores, which one server keeps busy: a replica adds the \
                 more, the less of that it has to share"
            ),
            plain: alone,
            ours: three.clone(),
            parts: Vec::new(),
        },
        Ratio {
            what: "kept and balanced connections to PostgreSQL ÷ a new one for each call",
            stated: "60 % faster",
            found: faster(&three, &anew),
            why: "a new connection is a new process of the server's, which has read no catalogue and planned nothing; the call itself \
                takes a fraction of that"
                .to_owned(),
            plain: anew,
            ours: three,
            parts: Vec::new(),
        },
    ]
}

async fn pool(server: &PostgresServer) -> Outcome<PgPool> {
    let pool = PgPoolOptions::new()
        .min_connections(CONNECTIONS)
        .max_connections(CONNECTIONS)
        .test_before_acquire(false);
    Ok(pool.connect(&server.url()).await?)
}

/// Waits until the replicas have all that the primary has.
async fn caught_up(pools: &[PgPool]) -> Outcome<()> {
    let clock = SystemClock::new();
    let [primary, replicas @ ..] = pools else {
        return Err("there is no primary".into());
    };
    let written: String = sqlx::query_scalar("SELECT pg_current_wal_flush_lsn()::text")
        .fetch_one(primary)
        .await?;
    for replica in replicas {
        loop {
            let there = "SELECT COALESCE(pg_last_wal_replay_lsn() >= $1::pg_lsn, false)";
            let there: bool = sqlx::query_scalar(there)
                .bind(&written)
                .fetch_one(replica)
                .await?;
            if there {
                break;
            }
            if clock.elapsed() > CAUGHT_UP_WITHIN {
                return Err("a replica does not follow".into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    Ok(())
}

impl Reach {
    async fn ask(&self, turn: usize, sample: &Sample) -> Outcome<()> {
        match self {
            Self::Pools(pools) => {
                let mut connection = pools[turn % pools.len()].acquire().await?;
                ask(&mut connection, sample).await
            }
            Self::Anew(url) => {
                let mut connection = PgConnection::connect(url).await?;
                ask(&mut connection, sample).await?;
                Ok(connection.close().await?)
            }
        }
    }
}

async fn ask(connection: &mut PgConnection, sample: &Sample) -> Outcome<()> {
    let rows = sqlx::query(BELOW)
        .bind(&sample.release)
        .bind(&sample.code)
        .fetch_all(connection)
        .await?;
    if rows.is_empty() {
        return Err(format!("{} is not found", sample.code).into());
    }
    Ok(())
}
