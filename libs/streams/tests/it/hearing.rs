//! Subscriptions to which Redis carries the events of a log.

use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{Call, TenantId};
use medcover_store::Context;
use medcover_streams::Standing;
use medcover_testkit::RedisServer;
use medcover_workflow::queue::DeadLetters;

use crate::hearers::{CONSUMER, Heard};
use crate::world::{PATIENCE, STREAM, until};

#[tokio::test]
async fn processes_share_a_log_and_each_stream_keeps_its_order_though_redis_is_emptied() {
    let server = RedisServer::start(&[]).expect("it starts");
    let heard = Heard::new(&server).await;
    let (one, of_one) = heard.process("one", PATIENCE);
    let (_two, of_two) = heard.process("two", PATIENCE);
    heard.publish(0..100, 0..10).await;
    assert_eq!(server.say("FLUSHALL").expect("it answers"), "+OK\r\n");
    heard.publish(0..100, 10..15).await;
    drop(one);
    let (_three, of_three) = heard.process("three", PATIENCE);
    heard.publish(0..100, 15..20).await;
    heard.all_noted(100, 20).await;
    let acknowledged = |standing: &Standing| standing.consumers()[0].acknowledged();
    let shares = [&of_one, &of_two, &of_three].map(acknowledged);
    assert!(shares.iter().all(|it| *it > 0), "{shares:?}");
    assert_eq!(heard.queued().await, 0, "none took the way through a queue");
    until("it is known durably", async || {
        // Half of the log is what was noted.
        heard.checkpoint().await >= 2_000
    })
    .await;
}

#[tokio::test]
async fn without_redis_the_queues_carry_and_nothing_is_late_for_long_or_twice() {
    let mut server = RedisServer::start(&[]).expect("it starts");
    let heard = Heard::new(&server).await;
    let patience = Duration::from_secs(2);
    let (_one, of_one) = heard.process("one", patience);
    let (_two, of_two) = heard.process("two", patience);
    heard.publish(0..20, 0..5).await;
    heard.all_noted(20, 5).await;
    assert!(of_one.is_carried() && of_two.is_carried());
    server.kill();
    heard.publish(0..20, 5..10).await;
    heard.all_noted(20, 10).await;
    assert!(!of_one.is_carried() || !of_two.is_carried());
    let queued = heard.queued().await;
    assert!(queued > 0, "they took the way through the queue");
    server.start_again().expect("it starts");
    for standing in [&of_one, &of_two] {
        until("Redis carries again", async || standing.is_carried()).await;
    }
    heard.publish(0..20, 10..15).await;
    heard.all_noted(20, 15).await;
}

#[tokio::test]
async fn what_cannot_be_handled_is_set_aside_in_the_store_and_holds_up_its_stream_alone() {
    let server = RedisServer::start(&[]).expect("it starts");
    let heard = Heard::new(&server).await;
    *heard.noting.poison.lock().expect("no panic") = Some((3, 1));
    let _one = heard.process("one", PATIENCE);
    let _two = heard.process("two", PATIENCE);
    heard.publish(0..10, 0..5).await;
    until("all but one are noted", async || {
        let noted = heard.noted().await.into_values().map(|it| it.len());
        noted.sum::<usize>() == 49
    })
    .await;
    let noted = heard.noted().await;
    assert_eq!(noted[&3], [0, 2, 3, 4]);
    assert!(
        noted
            .iter()
            .all(|(thing, it)| *thing == 3 || *it == [0, 1, 2, 3, 4])
    );
    let letters = DeadLetters::new(Arc::clone(&heard.world.store));
    let page = letters.list(TenantId::DEFAULT, CONSUMER, 0, 10).await;
    let page = page.expect("they are listed");
    let reasons: Vec<_> = page.letters.iter().map(|it| &*it.reason).collect();
    assert_eq!(reasons, ["attempts used up: it is poison"]);
    until("what is set aside holds nothing back", async || {
        heard.checkpoint().await >= 50
    })
    .await;
    *heard.noting.poison.lock().expect("no panic") = None;
    let context = Context::of(&Call::for_tests());
    let replayed = letters.replay_all(context, CONSUMER).await;
    assert_eq!(replayed.expect("it is replayed"), 1);
    until("the last is noted", async || {
        heard.noted().await[&3] == [0, 2, 3, 4, 1]
    })
    .await;
}

#[tokio::test]
async fn while_a_dependency_is_away_events_wait_and_none_is_given_up() {
    let server = RedisServer::start(&[]).expect("it starts");
    let heard = Heard::new(&server).await;
    *heard.noting.away.lock().expect("no panic") = true;
    let (_one, standing) = heard.process("one", PATIENCE);
    heard.publish(0..10, 0..2).await;
    let counts = &standing.consumers()[0];
    until("many were given back", async || counts.retried() > 40).await;
    assert!(heard.noted().await.is_empty());
    *heard.noting.away.lock().expect("no panic") = false;
    heard.all_noted(10, 2).await;
    assert_eq!((counts.given_up(), heard.queued().await), (0, 0));
}

#[tokio::test]
async fn the_way_may_be_changed_between_queue_and_redis_while_events_are_in_both() {
    let server = RedisServer::start(&[]).expect("it starts");
    let heard = Heard::new(&server).await;
    heard.publish(0..20, 0..5).await;
    let by_queue = heard.subscription("queue");
    by_queue.tick().await.expect("a tick");
    assert!(heard.noted().await.len() < 20, "much is still in the queue");
    heard.publish(0..20, 5..10).await;
    {
        let _one = heard.process("one", PATIENCE);
        heard.all_noted(20, 10).await;
        heard.publish(0..20, 10..15).await;
    }
    until("all is noted by the queue", async || {
        by_queue.tick().await.expect("a tick");
        heard.noted().await.into_values().all(|it| it.len() == 15)
    })
    .await;
    heard.all_noted(20, 15).await;
}

#[tokio::test]
async fn a_stream_of_another_history_of_the_log_is_made_anew() {
    // The log has another event in that place, or does not reach as far.
    for ends in [3, 500] {
        let server = RedisServer::start(&[]).expect("it starts");
        let heard = Heard::new(&server).await;
        let key = format!("medcover:stream:{STREAM}");
        for foreign in [
            format!("XADD {key} {ends}-0 e another p nothing"),
            format!("XGROUP CREATE {key} {CONSUMER} {ends}-0"),
            format!("SET {key}:from 0"),
        ] {
            let said = server.say(&foreign).expect("it answers");
            assert!(!said.starts_with('-'), "{said}");
        }
        heard.publish(0..10, 0..5).await;
        let (_one, standing) = heard.process("one", PATIENCE);
        heard.all_noted(10, 5).await;
        assert_eq!(standing.relay().lost(), 1);
        assert_eq!(standing.consumers()[0].repaired(), 1);
    }
}

#[tokio::test]
async fn figures_tell_whether_redis_carries_and_how_much_waits() {
    let server = RedisServer::start(&[]).expect("it starts");
    let heard = Heard::new(&server).await;
    let (_one, standing) = heard.process("one", PATIENCE);
    heard.publish(0..5, 0..2).await;
    heard.all_noted(5, 2).await;
    until("nothing waits", async || {
        let groups = standing.groups();
        let status = groups[0].1;
        status.is_some_and(|it| it.pending == 0 && it.lag == Some(0))
    })
    .await;
    let metrics = medcover_telemetry::Metrics::default();
    medcover_streams::register_carriers(&metrics, vec![standing]);
    let page = metrics.text();
    for line in [
        "medcover_stream_carried{stream=\"things\"} 1",
        "medcover_stream_lag{stream=\"things\",group=\"noting\"} 0",
        "medcover_stream_pending{stream=\"things\",group=\"noting\"} 0",
        "medcover_stream_repaired_total{stream=\"things\",group=\"noting\"} 1",
    ] {
        assert!(page.contains(line), "{line}: {page}");
    }
}
