//! What Redis loses is made anew, and what nobody needs any more is dropped.

use medcover_testkit::RedisServer;

use crate::world::{GROUP, STREAM, World, at, until};

const OTHER: &str = "counting-too";

fn key() -> String {
    format!("medcover:stream:{STREAM}")
}

#[tokio::test]
async fn a_lost_group_goes_on_where_it_was() {
    let server = RedisServer::start(&[]).expect("it starts");
    let world = World::new(&at(&server)).await;
    let _relay = world.relay(&[GROUP]);
    let (_consumer, counts) = world.consumer(GROUP);
    world.publish(0..500).await;
    world.all_once(500).await;
    until("it is known durably", async || {
        world.applied(GROUP).await >= 500
    })
    .await;
    let before = counts.delivered();
    let said = server.say(&format!("XGROUP DESTROY {} {GROUP}", key()));
    assert_eq!(said.expect("it answers"), ":1\r\n");
    world.publish(500..600).await;
    world.all_once(600).await;
    assert_eq!(counts.repaired(), 2, "at first, and now");
    assert_eq!(counts.delivered(), before + 100);
}

#[tokio::test]
async fn only_what_all_groups_applied_is_dropped() {
    let server = RedisServer::start(&[]).expect("it starts");
    let world = World::new(&at(&server)).await;
    let (_relay, relayed) = world.relay(&[GROUP, OTHER]);
    let (_consumer, _) = world.consumer(GROUP);
    world.publish(0..1_000).await;
    until("one group applied all", async || {
        world.applied(GROUP).await >= 1_000
    })
    .await;
    assert_eq!(relayed.trimmed(), 0);
    let length = server.say(&format!("XLEN {}", key()));
    assert_eq!(length.expect("it answers"), ":1000\r\n");
    let (_other, counts) = world.consumer(OTHER);
    until("both applied all", async || {
        world.applied(OTHER).await >= 1_000
    })
    .await;
    assert_eq!(counts.delivered(), 1_000);
    until("it is dropped", async || relayed.trimmed() >= 900).await;
    let twice = world.effects().await.into_values().all(|times| times == 2);
    assert!(twice, "each group had its own");
}

#[tokio::test]
async fn a_new_group_hears_what_was_dropped_before_it_came() {
    let server = RedisServer::start(&[]).expect("it starts");
    let world = World::new(&at(&server)).await;
    let (relay, relayed) = world.relay(&[GROUP]);
    let (_consumer, _) = world.consumer(GROUP);
    world.publish(0..1_000).await;
    until("much is dropped", async || relayed.trimmed() >= 900).await;
    drop(relay);
    let _relay = world.relay(&[GROUP, OTHER]);
    let (_other, _) = world.consumer(OTHER);
    until("it heard all", async || {
        let effects = world.effects().await;
        effects.len() == 1_000 && effects.into_values().all(|times| times == 2)
    })
    .await;
}

#[tokio::test]
async fn messages_that_somebody_deleted_come_again() {
    let server = RedisServer::start(&[]).expect("it starts");
    let world = World::new(&at(&server)).await;
    *world.counting.poison.lock().expect("no panic") = (0..50).collect();
    let _relay = world.relay(&[GROUP]);
    let _consumer = world.consumer(GROUP);
    world.publish(0..50).await;
    until("some failed", async || {
        world
            .counting
            .calls
            .load(std::sync::atomic::Ordering::Relaxed)
            > 50
    })
    .await;
    let deleted = server.say(&format!("XDEL {} 10-0 20-0", key()));
    assert_eq!(deleted.expect("it answers"), ":2\r\n");
    world.counting.poison.lock().expect("no panic").clear();
    world.all_once(50).await;
}

#[tokio::test]
async fn lag_and_pending_are_told_apart() {
    let server = RedisServer::start(&[]).expect("it starts");
    let mut world = World::new(&at(&server)).await;
    world.config.concurrency = 8;
    *world.counting.poison.lock().expect("no panic") = (0..100).collect();
    world.config.attempts = 100;
    (world.config.pause_ms, world.config.longest_pause_ms) = (4_000, 5_000);
    let (_relay, relayed) = world.relay(&[GROUP]);
    world.publish(0..100).await;
    until("they are published", async || relayed.published() == 100).await;
    let (_consumer, counts) = world.consumer(GROUP);
    until("all are delivered and none is applied", async || {
        counts
            .group()
            .is_some_and(|it| it.pending == 100 && it.lag == Some(0))
    })
    .await;
    let group = counts.group().expect("it was surveyed");
    assert_eq!((group.applied.get(), group.length, group.dead), (0, 100, 0));
    let metrics = medcover_telemetry::Metrics::default();
    medcover_streams::register(&metrics, vec![relayed], vec![counts]);
    let page = metrics.text();
    let pending = "medcover_stream_pending{stream=\"things\",group=\"counting\"} 100";
    assert!(page.contains(pending), "{page}");
}
