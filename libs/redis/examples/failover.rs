//! How long Redis takes to be written to again after its primary was killed, beside the time that the sentinels take.
//!
//! `cargo run --release -p medcover-redis --example failover -- [RUNS]`. Each run starts a primary, two replicas and three
//! sentinels that hold a server for gone after two seconds, writes all the while, and kills the primary. The sentinels' time
//! ends when one of them names another primary; the client's when a write succeeds after the kill.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::io;
use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{Clock as _, SystemClock, SystemRng};
use medcover_redis::redis::cmd;
use medcover_redis::{Ask, Redis, RedisConfig};
use medcover_testkit::{RedisSentinel, RedisServer};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

const SERVICE: &str = "mymaster";
const DOWN_AFTER: Duration = Duration::from_secs(2);
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Before the primary is killed, so that all know each other.
const CALM: Duration = Duration::from_secs(2);

#[tokio::main]
async fn main() -> io::Result<()> {
    let runs = std::env::args().nth(1);
    let runs = runs.and_then(|it| it.parse().ok()).unwrap_or(5);
    println!("| run | sentinels ms | writes ms | ratio |\n|---|---|---|---|");
    let mut worst = 0.0_f64;
    for run in 1..=runs {
        let (sentinels, writes) = once().await?;
        let ratio = writes.as_secs_f64() / sentinels.as_secs_f64();
        worst = worst.max(ratio);
        let (sentinels, writes) = (sentinels.as_millis(), writes.as_millis());
        println!("| {run} | {sentinels} | {writes} | {ratio:.3} |");
    }
    println!("\nWrites are back after {worst:.3} × the sentinels' time at most.");
    Ok(())
}

/// How long the sentinels took to name another primary, and how long it took until a write succeeded.
async fn once() -> io::Result<(Duration, Duration)> {
    let mut primary = RedisServer::start(&[])?;
    let replicas = [
        RedisServer::replica_of(&primary)?,
        RedisServer::replica_of(&primary)?,
    ];
    let sentinels = RedisSentinel::three(primary.port(), SERVICE, DOWN_AFTER)?;
    let config = RedisConfig {
        sentinels: sentinels.iter().map(|it| it.server().address()).collect(),
        ..RedisConfig::default()
    };
    let clock = SystemClock::default();
    let redis = Redis::follow(&config, Arc::new(clock), Arc::new(SystemRng));
    let redis = redis.map_err(|error| io::Error::other(error.to_string()))?;
    while !writes(&redis).await || !know(&sentinels, replicas.len()) {
        sleep(LOOK_EVERY).await;
    }
    sleep(CALM).await;
    primary.kill();
    let killed = clock.elapsed();
    let old = primary.port().to_string();
    let named = spawn_blocking(move || {
        let asked = format!("SENTINEL GET-MASTER-ADDR-BY-NAME {SERVICE}");
        let another = |it: &RedisSentinel| {
            let said = it.server().say(&asked).unwrap_or_default();
            said.starts_with("*2") && !said.lines().any(|line| line == old)
        };
        while !sentinels.iter().any(another) {
            std::thread::sleep(LOOK_EVERY);
        }
        (clock.elapsed(), sentinels)
    });
    while !writes(&redis).await {
        sleep(LOOK_EVERY).await;
    }
    let written = clock.elapsed().saturating_sub(killed);
    let (named, _sentinels) = named.await?;
    Ok((named.saturating_sub(killed), written))
}

async fn writes(redis: &Redis) -> bool {
    let write = |_: &_| cmd("SET").arg("key").arg("value").to_owned().into();
    let written: Result<(), _> = redis.ask(Ask::PRIMARY, write).await;
    written.is_ok()
}

/// Whether all sentinels know so many replicas.
fn know(sentinels: &[RedisSentinel], replicas: usize) -> bool {
    let said = |it: &RedisSentinel| it.server().say(&format!("SENTINEL REPLICAS {SERVICE}"));
    let know = |it| said(it).is_ok_and(|said| said.starts_with(&format!("*{replicas}")));
    sentinels.iter().all(know)
}
