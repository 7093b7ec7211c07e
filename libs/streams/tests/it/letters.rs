//! What cannot be handled, and what has to wait.

use std::sync::atomic::Ordering;

use medcover_streams::StreamsConfig;
use medcover_testkit::RedisServer;
use tokio::sync::watch;

use crate::world::{GROUP, World, at, until};

async fn poisoned(server: &RedisServer) -> World {
    let mut world = World::new(&at(server)).await;
    world.config = StreamsConfig {
        attempts: 3,
        ..world.config
    };
    *world.counting.poison.lock().expect("no panic") = vec![5, 40];
    world.publish(0..100).await;
    world
}

#[tokio::test]
async fn poison_is_set_aside_after_its_attempts_and_sent_again_by_a_person() {
    let server = RedisServer::start(&[]).expect("it starts");
    let world = poisoned(&server).await;
    let _relay = world.relay(&[GROUP]);
    let (_consumer, counts) = world.consumer(GROUP);
    let letters = world.letters(GROUP);
    until("two are set aside", async || {
        letters.list(None, 10).await.is_ok_and(|it| it.len() == 2)
    })
    .await;
    until("the others are applied", async || {
        world.effects().await.len() == 98
    })
    .await;
    let found = letters.list(None, 10).await.expect("they are listed");
    assert!(
        found
            .iter()
            .all(|it| it.attempts == 3 && it.payload == b"thing.done")
    );
    assert!(
        found
            .iter()
            .all(|it| it.reason == "attempts used up: it is poison")
    );
    let page = letters.list(Some(&found[0].id), 10).await;
    assert_eq!(page.expect("they are listed"), found[1..]);
    assert_eq!(counts.retried(), 4);

    // The log begins with position 1: what is dead holds up what is known to be applied.
    until("it is known durably", async || {
        world.applied(GROUP).await == 5
    })
    .await;
    world.counting.poison.lock().expect("no panic").clear();
    let first = found.iter().min_by_key(|it| it.position);
    let first = &first.expect("there are two").id;
    assert!(letters.replay(first).await.expect("it is sent"));
    assert!(!letters.replay(first).await.expect("it is gone"));
    until("it has its effect", async || {
        world.effects().await.len() == 99
    })
    .await;
    until("it holds up nothing", async || {
        world.applied(GROUP).await > 5
    })
    .await;
    assert_eq!(letters.replay_all().await.expect("it is sent"), 1);
    world.all_once(100).await;
    until("nothing is held up", async || {
        world.applied(GROUP).await >= 100
    })
    .await;
    let left = letters.list(None, 10).await.expect("they are listed");
    assert_eq!(left, []);
}

#[tokio::test]
async fn a_dead_letter_survives_that_redis_loses_everything() {
    let server = RedisServer::start(&[]).expect("it starts");
    let world = poisoned(&server).await;
    let _relay = world.relay(&[GROUP]);
    let _consumer = world.consumer(GROUP);
    let letters = world.letters(GROUP);
    let both = async || letters.list(None, 10).await.is_ok_and(|it| it.len() == 2);
    until("two are set aside", both).await;
    until("it is known durably", async || {
        world.applied(GROUP).await == 5
    })
    .await;
    server.say("FLUSHALL").expect("it forgets");
    until("both are set aside again", both).await;
    world.counting.poison.lock().expect("no panic").clear();
    assert_eq!(letters.replay_all().await.expect("they are sent"), 2);
    world.all_once(100).await;
}

#[tokio::test]
async fn a_dead_letter_that_is_dropped_is_gone_and_holds_up_nothing() {
    let server = RedisServer::start(&[]).expect("it starts");
    let world = poisoned(&server).await;
    let _relay = world.relay(&[GROUP]);
    let (_consumer, counts) = world.consumer(GROUP);
    let letters = world.letters(GROUP);
    until("two are set aside", async || counts.set_aside() == 2).await;
    for letter in letters.list(None, 10).await.expect("they are listed") {
        assert!(letters.discard(&letter.id).await.expect("it is dropped"));
        assert!(!letters.discard(&letter.id).await.expect("it is gone"));
    }
    until("nothing is held up", async || {
        world.applied(GROUP).await >= 100
    })
    .await;
    assert_eq!(world.effects().await.len(), 98);
}

#[tokio::test]
async fn while_a_dependency_is_away_no_attempt_is_spent() {
    let server = RedisServer::start(&[]).expect("it starts");
    let mut world = World::new(&at(&server)).await;
    world.config.attempts = 2;
    *world.counting.away.lock().expect("no panic") = true;
    world.publish(0..20).await;
    let _relay = world.relay(&[GROUP]);
    let (_consumer, counts) = world.consumer(GROUP);
    until("it was tried often", async || {
        world.counting.calls.load(Ordering::Relaxed) > 200
    })
    .await;
    assert_eq!(counts.set_aside(), 0);
    *world.counting.away.lock().expect("no panic") = false;
    world.all_once(20).await;
    assert_eq!(counts.set_aside(), 0);
}

#[tokio::test]
async fn behind_a_shut_gate_nothing_is_taken() {
    let server = RedisServer::start(&[]).expect("it starts");
    let world = World::new(&at(&server)).await;
    let (open, gate) = watch::channel(false);
    let (_relay, relayed) = world.relay(&[GROUP]);
    let (_consumer, counts) = world.gated(GROUP, gate);
    world.publish(0..20).await;
    until("they are published", async || relayed.published() == 20).await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(counts.delivered(), 0);
    open.send_replace(true);
    world.all_once(20).await;
}
