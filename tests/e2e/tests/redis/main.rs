//! Two doors that share a Redis.

mod limits;

use std::thread::sleep;
use std::time::Duration;

use medcover_e2e::Node;
use medcover_kernel::{Clock as _, SystemClock};
use medcover_testkit::RedisServer;

/// How long a test waits for what must come, on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

fn door(terminology: &Node, redis: &RedisServer) -> Node {
    let mut door = Node::of("gateway,auth");
    door.knows("terminology", terminology.base())
        .with("MEDCOVER__REDIS__ADDRESS", redis.address())
        .with("MEDCOVER__REDIS__CHECK_MS", "200")
        // Who is back before it was missed is asked again this soon.
        .with("MEDCOVER__UPSTREAM__RECOVERY_MS", "500");
    door.start();
    door
}

fn status_of(door: &Node, code: &str) -> u16 {
    let path = format!("/api/v1/codes/{code}");
    door.ask("GET", &path, &[], "").status
}

fn until(what: &str, is: impl Fn() -> bool) {
    let clock = SystemClock::default();
    while !is() {
        assert!(clock.elapsed() < PATIENCE, "in vain: {what}");
        sleep(Duration::from_millis(50));
    }
}

/// What health says of Redis.
fn health(door: &Node) -> String {
    check(door, "redis")
}

/// What health says of `name`.
fn check(door: &Node, name: &str) -> String {
    let answer = door.ask("GET", "/api/v1/health", &[], "");
    let checks = answer.body["checks"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let found_check = checks.iter().find(|it| it["name"] == name);
    found_check.map_or_else(String::new, |it| {
        it["status"].as_str().unwrap_or_default().to_owned()
    })
}

#[test]
fn what_one_door_asked_for_another_has_and_without_redis_both_go_on() {
    let mut redis = RedisServer::start(&[]).expect("it starts");
    let mut terminology = Node::of("terminology");
    terminology.start();
    let doors = [door(&terminology, &redis), door(&terminology, &redis)];
    for door in &doors {
        until("Redis is known", || health(door) == "healthy");
    }
    assert_eq!(status_of(&doors[0], "I21.9"), 200);
    terminology.kill();
    assert_eq!(status_of(&doors[1], "I21.9"), 200, "it is in Redis");
    terminology.start();
    until("it is asked again", || {
        doors.iter().all(|door| status_of(door, "I25") == 200)
    });

    let token = doors[0].token();
    let bearer = [("authorization", &*format!("Bearer {token}"))];
    let figures = doors[0].ask("GET", "/api/v1/cache", &bearer, "").body;
    assert_eq!(figures["redis"]["primary"], redis.address());
    assert_eq!(figures["redis"]["breaker"], "closed");
    assert!(
        figures["redis"]["memory"]["used_memory_bytes"].as_u64() > Some(0),
        "{figures}"
    );

    redis.kill();
    for code in [
        "I21", "I21.0", "I21.01", "I21.4", "I21.9", "S52", "S52.0", "S52.04",
    ] {
        for door in &doors {
            assert_eq!(status_of(door, code), 200, "{code}");
        }
    }
    for door in &doors {
        until("it is seen to be away", || health(door) == "degraded");
    }
    let figures = doors[0].ask("GET", "/api/v1/cache", &bearer, "");
    assert_eq!(
        figures.status, 200,
        "what is here is told: {}",
        figures.body
    );
    redis.start_again().expect("it starts");
    for door in &doors {
        until("it is back", || health(door) == "healthy");
        assert_eq!(status_of(door, "I21.9"), 200);
    }
}

/// A process of `roles` that finds others, and is found, in `redis`.
fn found(roles: &'static str, redis: &RedisServer) -> Node {
    let mut node = Node::of(roles);
    node.with("MEDCOVER__PEERS__REGISTRY", "redis")
        .with("MEDCOVER__REDIS__ADDRESS", redis.address())
        .with("MEDCOVER__UPSTREAM__DISCOVER_MS", "200")
        // Nothing of what was answered before.
        .with("MEDCOVER__CACHE__MAX_MB", "0");
    node.start();
    node
}

#[test]
fn processes_find_each_other_in_redis_and_one_that_dies_is_missed_by_nobody() {
    let mut redis = RedisServer::start(&[]).expect("it starts");
    let door = found("gateway,auth", &redis);
    assert_eq!(search(&door), 503, "nobody runs it yet");
    let mut one = found("terminology", &redis);
    until("the first is found", || search(&door) == 200);
    let mut other = found("terminology", &redis);
    until("the second is found", || instances(&door) == 2);
    one.kill();
    for _ in 0..50 {
        assert_eq!(search(&door), 200);
    }
    until("the first is forgotten", || instances(&door) == 1);

    // A registry that has lost everything empties no list, and is soon whole again.
    redis.kill();
    for _ in 0..20 {
        assert_eq!(search(&door), 200);
    }
    redis.start_again().expect("it starts");
    one.start();
    until("both are found", || {
        instances(&door) == 2 && search(&door) == 200
    });
    other.stop();
    for _ in 0..50 {
        assert_eq!(search(&door), 200);
    }
}

fn search(door: &Node) -> u16 {
    door.ask("GET", "/api/v1/search/icd10?q=infarction", &[], "")
        .status
}

/// How many processes of terminology the door knows.
fn instances(door: &Node) -> usize {
    let token = door.token();
    let bearer = [("authorization", &*format!("Bearer {token}"))];
    let upstreams = door.ask("GET", "/api/v1/upstreams", &bearer, "").body;
    let upstreams = upstreams["upstreams"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let of = upstreams
        .iter()
        .find(|it| it["service"] == "terminology-service");
    of.map_or(0, |it| it["instances"].as_array().map_or(0, Vec::len))
}
