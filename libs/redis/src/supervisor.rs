//! Follows who the primary is, and how all servers are.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use medcover_resilience::{CircuitState, Mode};
use redis::{Value, cmd, from_redis_value};
use tokio::task::JoinSet;

use crate::client::Shared;
use crate::error::Fault;
use crate::info::Info;
use crate::memory::MemoryStatus;
use crate::node::Node;
use crate::sentinel::{Seen, ask};
use crate::status::SentinelStatus;
use crate::topology::Topology;

/// What was found when servers and sentinels were last asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    pub(crate) sentinels: SentinelStatus,
    pub(crate) memory: Option<MemoryStatus>,
    /// By the primary: each replica's address and the bytes that it is behind.
    pub(crate) lags: Vec<(String, u64)>,
}

/// Looks whenever there is news, and from time to time.
pub(crate) async fn supervise(shared: Arc<Shared>) {
    loop {
        look(&shared).await;
        let every = shared.config.check_every();
        // Either way it is time to look again.
        let _ = tokio::time::timeout(every, shared.news.notified()).await;
    }
}

/// Finds the primary, verifies it, and lets everybody use it.
async fn look(shared: &Shared) {
    let (seen, sentinels) = find(shared).await;
    let mut found = Found {
        sentinels,
        ..Found::default()
    };
    let Some(seen) = seen else {
        shared.found.store(Arc::new(found));
        return;
    };
    match verify(shared, &seen).await {
        Ok((next, said)) => {
            let info = Info::of(&said);
            found.memory = MemoryStatus::of(&info);
            found.lags = info.replicas();
            take(shared, next);
        }
        Err(fault) => {
            tracing::debug!(
                primary = seen.primary,
                ?fault,
                "the primary of Redis is not there"
            );
        }
    }
    shared.found.store(Arc::new(found));
}

/// Where the primary is: by the sentinel with the newest epoch, or by configuration where none answers. An answer that is
/// older than what is followed comes from a sentinel that was cut off, and is passed over.
async fn find(shared: &Shared) -> (Option<Seen>, SentinelStatus) {
    let config = &shared.config;
    let mut asking = JoinSet::new();
    for sentinel in &config.sentinels {
        let (address, config) = (sentinel.clone(), config.clone());
        asking.spawn(async move { ask(&address, &config, config.connect()).await });
    }
    let answers = asking.join_all().await;
    let answers: Vec<_> = answers.into_iter().filter_map(Result::ok).collect();
    let answering = answers.len();
    let newest = answers.into_iter().max_by_key(|it| it.epoch);
    let followed = shared.topology.load().epoch;
    let mut status = SentinelStatus {
        configured: config.sentinels.len(),
        answering,
        epoch: followed,
        ..SentinelStatus::default()
    };
    let Some(seen) = newest else {
        let single = (!config.address.is_empty()).then(|| Seen {
            primary: config.address.clone(),
            epoch: followed,
            ..Seen::default()
        });
        return (single, status);
    };
    (status.known, status.quorum) = (seen.sentinels, seen.quorum);
    status.epoch = status.epoch.max(seen.epoch);
    ((seen.epoch >= followed).then_some(seen), status)
}

/// The servers as they were seen, once the primary has said itself that it is one; and what it said.
async fn verify(shared: &Shared, seen: &Seen) -> Result<(Topology, String), Fault> {
    let now = shared.topology.load();
    let node = |address: &str, primary| match now.find(address, primary) {
        Some(known) => Ok(known),
        None => Node::new(address, &shared.config, primary).map(Arc::new),
    };
    let primary = node(&seen.primary, true)?;
    let said = tokio::time::timeout(shared.config.timeout(), info(&primary)).await;
    let said = said.map_err(|_| Fault::NotDone("it did not answer in time".into()))??;
    let info = Info::of(&said);
    if !info.is_primary() {
        primary.forget_connections();
        return Err(Fault::NotDone(format!("{} is no primary", seen.primary)));
    }
    // It was demoted and promoted again while connections lived.
    if info.lineage() != primary.lineage() {
        primary.forget_connections();
    }
    let replicas = seen.replicas.iter().map(|address| node(address, false));
    let replicas = replicas.collect::<Result<_, _>>()?;
    Ok((Topology::new(primary, replicas, seen.epoch), said))
}

async fn info(primary: &Arc<Node>) -> Result<String, Fault> {
    let lent = primary.lend().await?;
    let asked = cmd("INFO")
        .query_async::<Value>(lent.connection().link())
        .await;
    let said = asked.and_then(|value| Ok(from_redis_value::<String>(value)?));
    said.map_err(|cause| {
        lent.discard();
        Fault::of(&cause)
    })
}

/// Everybody uses `next` from now on.
fn take(shared: &Shared, next: Topology) {
    let now = shared.topology.load_full();
    let at = |topology: &Topology| topology.primary.as_ref().map(|it| Arc::clone(&it.address));
    let (before, after) = (at(&now), at(&next));
    if before != after
        && let Some(old) = before
    {
        shared.counts.failovers.fetch_add(1, Ordering::Relaxed);
        let to = after.as_deref();
        tracing::warn!(
            from = &*old,
            to,
            epoch = next.epoch,
            "Redis has another primary"
        );
    }
    let same = |a: &Topology, b: &Topology| {
        a.epoch == b.epoch
            && a.nodes()
                .map(|it| (&it.address, it.is_primary()))
                .eq(b.nodes().map(|it| (&it.address, it.is_primary())))
    };
    if !same(&now, &next) {
        let gone: Vec<_> = now
            .nodes()
            .filter(|it| next.find(&it.address, it.is_primary()).is_none())
            .cloned()
            .collect();
        shared.topology.store(Arc::new(next));
        for node in gone {
            node.retire();
        }
        shared.changed.send_modify(|times| *times += 1);
    }
    // It answers: nobody need wait for a probe to find that out.
    if shared.breaker.status(shared.clock.elapsed()).state != CircuitState::Closed {
        shared.breaker.force(Mode::Automatic);
        tracing::info!("Redis answers again");
    }
}

/// How long a request that found nobody waits for news at most before it tries again.
pub(crate) async fn wait_for_change(shared: &Shared, at_most: Duration) {
    let mut changed = shared.changed.subscribe();
    shared.news.notify_one();
    // Either way it is time to try again.
    let _ = tokio::time::timeout(at_most, changed.changed()).await;
}
