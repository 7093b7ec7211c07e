//! Many messages, while consumers and servers are killed.

use std::sync::atomic::Ordering;
use std::time::Duration;

use medcover_redis::RedisConfig;
use medcover_testkit::{RedisSentinel, RedisServer};

use crate::world::{GROUP, PATIENCE, World, at, until};

/// Three consumers, of which one after the other is killed and another begins, until all had their effect. `harm` is done
/// when a third had it. How often Redis was found to lack messages.
async fn carry(world: &World, all: u64, mut harm: impl FnMut()) -> u64 {
    world.publish(0..all).await;
    let (_relay, relayed) = world.relay(&[GROUP]);
    let mut consumers = [(); 3].map(|()| world.consumer(GROUP));
    let (mut turn, mut harmed, mut killed) = (0, false, 0);
    let all_had = tokio::time::timeout(PATIENCE, async {
        loop {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let had = world.effects().await.len() as u64;
            if had == all {
                return;
            }
            if had >= all / 3 && !harmed {
                harmed = true;
                harm();
            }
            consumers[turn] = world.consumer(GROUP);
            (turn, killed) = ((turn + 1) % 3, killed + 1);
        }
    });
    assert!(all_had.await.is_ok(), "{} had", world.effects().await.len());
    world.all_once(all).await;
    assert!(harmed && killed > 3, "{killed} were killed");
    until("it is known durably", async || {
        world.applied(GROUP).await >= all
    })
    .await;
    relayed.lost()
}

#[tokio::test]
async fn consumers_die_and_redis_starts_again_empty_and_each_message_has_its_effect_once() {
    let mut server = RedisServer::start(&[]).expect("it starts");
    let world = World::new(&at(&server)).await;
    let lost = carry(&world, 20_000, || {
        server.kill();
        server.start_again().expect("it starts");
    })
    .await;
    assert!(lost >= 1);
}

#[tokio::test]
async fn a_failover_in_the_middle_loses_nothing_and_doubles_nothing() {
    let mut primary = RedisServer::start(&[]).expect("it starts");
    let replicas = (0..2).map(|_| RedisServer::replica_of(&primary).expect("it starts"));
    let replicas: Vec<_> = replicas.collect();
    let sentinels = RedisSentinel::three(primary.port(), "mymaster", Duration::from_secs(1));
    let sentinels = sentinels.expect("they start");
    let config = RedisConfig {
        sentinels: sentinels.iter().map(|it| it.server().address()).collect(),
        check_ms: 100,
        ..RedisConfig::default()
    };
    let world = World::new(&config).await;
    until("both replicas are known", async || {
        world.redis.status().replicas.len() == 2
    })
    .await;
    carry(&world, 10_000, || primary.kill()).await;
    assert!(world.redis.status().failovers >= 1);
    drop(replicas);
}

#[tokio::test]
async fn two_relays_at_once_leave_nothing_out_and_publish_nothing_twice() {
    let server = RedisServer::start(&[]).expect("it starts");
    let world = World::new(&at(&server)).await;
    let (_one, one) = world.relay(&[GROUP]);
    let (_other, other) = world.relay(&[GROUP]);
    world.publish(0..3_000).await;
    until("all are published", async || {
        one.published() + other.published() == 3_000
    })
    .await;
    let (_consumer, counts) = world.consumer(GROUP);
    world.all_once(3_000).await;
    until("all are acknowledged", async || {
        counts.acknowledged() == 3_000
    })
    .await;
    assert_eq!((one.lost(), other.lost()), (0, 0));
}

#[tokio::test]
async fn a_consumer_that_stops_leaves_nothing_behind() {
    let server = RedisServer::start(&[]).expect("it starts");
    let world = World::new(&at(&server)).await;
    let _relay = world.relay(&[GROUP]);
    world.publish(0..2_000).await;
    let (consumer, counts) = world.consumer(GROUP);
    until("it has begun", async || counts.delivered() > 100).await;
    consumer.stop().await;
    assert_eq!(counts.delivered(), counts.acknowledged());
    let said = server.say(&format!("XPENDING medcover:stream:things {GROUP}"));
    assert!(said.expect("it answers").starts_with("*4\r\n:0\r\n"));
    let (_consumer, _) = world.consumer(GROUP);
    world.all_once(2_000).await;
}

#[tokio::test]
async fn what_a_killed_consumer_had_in_hand_is_taken_over() {
    let server = RedisServer::start(&[]).expect("it starts");
    let world = World::new(&at(&server)).await;
    let _relay = world.relay(&[GROUP]);
    *world.counting.stuck.lock().expect("no panic") = true;
    let (killed, _) = world.consumer(GROUP);
    world.publish(0..20).await;
    until("it has them all in hand", async || {
        world.counting.calls.load(Ordering::Relaxed) == 20
    })
    .await;
    drop(killed);
    *world.counting.stuck.lock().expect("no panic") = false;
    let (_consumer, counts) = world.consumer(GROUP);
    world.all_once(20).await;
    assert_eq!((counts.delivered(), counts.taken_over()), (0, 20));
}
