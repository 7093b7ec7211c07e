//! What sentinels say: who the primary is, and that something has changed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::Clock;
use redis::{AsyncConnectionConfig, RedisResult, Value, cmd, from_redis_value};
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::RedisConfig;
use crate::channel::{Channel, Heard};
use crate::node::client;

/// Flags of a replica that is not to be read from.
const AWAY: [&str; 4] = ["s_down", "o_down", "disconnected", "demoted"];

/// What one sentinel knows of the group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// `HOST:PORT` of the primary.
    pub(crate) primary: String,
    /// Of each replica that is connected to it.
    pub(crate) replicas: Vec<String>,
    /// Counts the fail-overs: who knows the higher one knows better.
    pub(crate) epoch: u64,
    /// Sentinels that must agree.
    pub(crate) quorum: u64,
    /// Sentinels that look after the group, with this one.
    pub(crate) sentinels: u64,
}

/// Asks the sentinel at `address`, for `within` at most.
pub(crate) async fn ask(
    address: &str,
    config: &RedisConfig,
    within: Duration,
) -> Result<Seen, String> {
    let asked = timeout(within, ask_for_long(address, config, within));
    match asked.await {
        Ok(seen) => seen,
        Err(_) => Err("it did not answer in time".into()),
    }
}

async fn ask_for_long(
    address: &str,
    config: &RedisConfig,
    within: Duration,
) -> Result<Seen, String> {
    let said = |cause: redis::RedisError| cause.to_string();
    let client = client(address, "", config.sentinel_password.reveal());
    let client = client.map_err(|fault| format!("{fault:?}"))?;
    let bounded = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(within))
        .set_response_timeout(Some(within));
    let connected = client.get_multiplexed_async_connection_with_config(&bounded);
    let mut link = connected.await.map_err(said)?;
    let sentinel = |word: &str| {
        let mut command = cmd("SENTINEL");
        command.arg(word).arg(&*config.service);
        command
    };
    let primary: RedisResult<Value> = sentinel("MASTER").query_async(&mut link).await;
    let replicas: RedisResult<Vec<Value>> = sentinel("REPLICAS").query_async(&mut link).await;
    // While its fail-over goes on, `MASTER` gives the new epoch with the old address; this gives the new one.
    let at: RedisResult<(String, u16)> = sentinel("GET-MASTER-ADDR-BY-NAME")
        .query_async(&mut link)
        .await;
    let (at, primary, replicas) = (
        at.map_err(said)?,
        primary.map_err(said)?,
        replicas.map_err(said)?,
    );
    read(at, primary, replicas).ok_or_else(|| "it made no sense".into())
}

fn read((host, port): (String, u16), primary: Value, replicas: Vec<Value>) -> Option<Seen> {
    let primary = fields(primary)?;
    let at = address(&host, &port.to_string());
    let number = |name: &str| primary.get(name).and_then(|text| text.parse().ok());
    let replicas = replicas.into_iter().filter_map(fields);
    let fit = replicas.filter(|replica| {
        let flags = replica.get("flags").map(String::as_str).unwrap_or_default();
        let follows = replica
            .get("master-link-status")
            .is_some_and(|it| it == "ok");
        follows && !flags.split(',').any(|flag| AWAY.contains(&flag))
    });
    Some(Seen {
        replicas: fit
            .filter_map(|replica| Some(address(replica.get("ip")?, replica.get("port")?)))
            .filter(|replica| *replica != at)
            .collect(),
        primary: at,
        epoch: number("config-epoch")?,
        quorum: number("quorum").unwrap_or_default(),
        sentinels: number("num-other-sentinels").unwrap_or_default() + 1,
    })
}

fn fields(value: Value) -> Option<HashMap<String, String>> {
    from_redis_value(value).ok()
}

fn address(host: &str, port: &str) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

/// Listens to the sentinel at `address` and calls `news` whenever it says something about a server, and whenever it was lost.
pub(crate) async fn listen(
    address: String,
    config: RedisConfig,
    news: Arc<Notify>,
    clock: Arc<dyn Clock>,
) {
    loop {
        if let Err(cause) = listen_once(&address, &config, &news, &clock).await {
            tracing::debug!(
                sentinel = address,
                cause,
                "a sentinel cannot be listened to"
            );
        }
        news.notify_one();
        tokio::time::sleep(config.check_every()).await;
    }
}

async fn listen_once(
    address: &str,
    config: &RedisConfig,
    news: &Notify,
    clock: &Arc<dyn Clock>,
) -> Result<(), String> {
    let client = client(address, "", config.sentinel_password.reveal());
    let client = client.map_err(|fault| format!("{fault:?}"))?;
    let mut channel = Channel::open(
        &client,
        config.connect(),
        config.check_every(),
        Arc::clone(clock),
    )
    .await?;
    for event in ["+switch-master", "+sdown", "-sdown", "+slave", "+reboot"] {
        channel.subscribe(event).await?;
    }
    // What happened before the subscription was not heard.
    news.notify_one();
    loop {
        if let Heard::Message(_) = channel.next().await? {
            news.notify_one();
        }
    }
}
