//! The registry in Redis, asked from two processes.

use std::sync::Arc;
use std::time::Duration;

use medcover_kernel::{ErrorKind, SystemClock, SystemRng};
use medcover_mesh::{Instance, RedisRegistry, Registrar as _, Registry as _};
use medcover_redis::{Redis, RedisConfig};
use medcover_testkit::RedisServer;

const SERVICE: &str = "hospital-service";
const LONG: Duration = Duration::from_mins(10);

async fn registry(server: &RedisServer) -> RedisRegistry {
    let config = RedisConfig {
        address: server.address(),
        check_ms: 100,
        ..RedisConfig::default()
    };
    let clock = Arc::new(SystemClock::default());
    let redis = Redis::follow(&config, clock, Arc::new(SystemRng)).expect("its settings work");
    assert!(
        redis.ready(Duration::from_secs(30)).await,
        "a primary is found"
    );
    RedisRegistry::new(redis, Arc::new(SystemRng))
}

async fn found(registry: &RedisRegistry) -> Vec<String> {
    let found = registry.discover(SERVICE).await.expect("it answers");
    let mut found: Vec<_> = found.into_iter().map(|it| it.address).collect();
    found.sort();
    found
}

#[tokio::test]
async fn who_registers_in_one_process_is_found_in_another_until_it_leaves() {
    let server = RedisServer::start(&[]).expect("it starts");
    let (one, other) = (registry(&server).await, registry(&server).await);
    let young = one
        .discover(SERVICE)
        .await
        .expect_err("nobody can know yet");
    assert_eq!(young.kind(), ErrorKind::Unavailable);
    let heavy = Instance {
        weight: 3,
        ..Instance::at("a").of_version("1.2.3")
    };
    let a = one
        .register(SERVICE, heavy.clone(), LONG)
        .await
        .expect("there is room");
    let b = other.register(SERVICE, Instance::at("b"), LONG).await;
    b.expect("there is room");
    assert_eq!(found(&other).await, ["a", "b"]);
    one.heartbeat(a).await.expect("it holds");
    one.drain(a).await.expect("it holds");
    let seen = other.discover(SERVICE).await.expect("it answers");
    let draining = Instance {
        draining: true,
        ..heavy
    };
    assert!(seen.contains(&draining), "{seen:?}");
    for _ in 0..2 {
        one.leave(a).await.expect("harmless");
    }
    assert_eq!(found(&other).await, ["b"]);
}

#[tokio::test]
async fn whose_heart_stops_is_gone_and_who_comes_back_takes_its_place() {
    let server = RedisServer::start(&[]).expect("it starts");
    let registry = registry(&server).await;
    let short = Duration::from_millis(200);
    let long = registry.register(SERVICE, Instance::at("b"), LONG).await;
    let long = long.expect("there is room");
    let lease = registry.register(SERVICE, Instance::at("a"), short).await;
    let lease = lease.expect("there is room");
    let gone = tokio::time::timeout(Duration::from_secs(30), async {
        while found(&registry).await != ["b"] {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    gone.await.expect("it expires");
    let late = registry.heartbeat(lease).await.expect_err("it has expired");
    assert_eq!(late.kind(), ErrorKind::NotFound);
    registry
        .register(SERVICE, Instance::at("b"), LONG)
        .await
        .expect("it comes back");
    assert_eq!(found(&registry).await, ["b"]);
    assert!(
        registry.heartbeat(long).await.is_err(),
        "its place is taken"
    );
}

#[tokio::test]
async fn a_redis_that_lost_everything_empties_no_list() {
    let server = RedisServer::start(&[]).expect("it starts");
    let registry = registry(&server).await;
    let lease = registry.register(SERVICE, Instance::at("a"), LONG).await;
    let lease = lease.expect("there is room");
    server.say("FLUSHALL").expect("it forgets");
    let unknown = registry
        .discover(SERVICE)
        .await
        .expect_err("nobody can know");
    assert_eq!(unknown.kind(), ErrorKind::Unavailable);
    let lost = registry.heartbeat(lease).await.expect_err("it is lost");
    assert_eq!(lost.kind(), ErrorKind::NotFound);
    registry
        .register(SERVICE, Instance::at("a"), LONG)
        .await
        .expect("there is room");
    assert_eq!(found(&registry).await, ["a"]);
}

#[tokio::test]
async fn who_has_not_registered_anew_is_found_until_they_had_time_for_it() {
    let server = RedisServer::start(&[]).expect("it starts");
    let (one, other) = (registry(&server).await, registry(&server).await);
    let register = async |address| {
        let lease = one.register(SERVICE, Instance::at(address), LONG).await;
        lease.expect("there is room")
    };
    // A registry is told from the one before by the millisecond in which it began.
    let forget = async || {
        tokio::time::sleep(Duration::from_millis(5)).await;
        server.say("FLUSHALL").expect("it forgets");
    };
    for address in ["a", "b", "c"] {
        register(address).await;
    }
    assert_eq!(found(&other).await, ["a", "b", "c"]);
    forget().await;
    assert_eq!(found(&other).await, ["a", "b", "c"]);
    register("a").await;
    let b = register("b").await;
    assert_eq!(found(&other).await, ["a", "b", "c"]);
    // Who has registered anew and then leaves is gone at once; a second loss brings nobody back who had left.
    one.leave(b).await.expect("it leaves");
    assert_eq!(found(&other).await, ["a", "c"]);
    forget().await;
    register("a").await;
    assert_eq!(found(&other).await, ["a", "c"]);
}

#[tokio::test]
async fn a_redis_that_comes_back_as_it_was_long_ago_empties_no_list() {
    let mut server = RedisServer::start(&[]).expect("it starts");
    let (one, other) = (registry(&server).await, registry(&server).await);
    server
        .say("SET medcover:registry:since 1000")
        .expect("it is set");
    server.say("SAVE").expect("it is on the disk");
    for address in ["a", "b"] {
        let lease = one.register(SERVICE, Instance::at(address), LONG).await;
        lease.expect("there is room");
    }
    assert_eq!(found(&other).await, ["a", "b"]);
    server.kill();
    server.start_again().expect("it starts");
    let back = async {
        while other.discover(SERVICE).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let back = tokio::time::timeout(Duration::from_secs(30), back).await;
    back.expect("it answers again");
    let since = server.say("GET medcover:registry:since");
    assert!(
        since.expect("it answers").contains("1000"),
        "it is as of then"
    );
    assert_eq!(found(&other).await, ["a", "b"]);
}
