//! Two doors that count callers together.

use medcover_e2e::Node;
use medcover_testkit::RedisServer;
use serde_json::{Value, json};

use crate::{check, until};

/// What a client may ask for in an hour, and how often each door is asked.
const HOURLY: usize = 30;
const EACH: usize = 25;

/// The door with those who know callers, another that asks it who they are, and a token of the administrator.
struct Doors {
    both: [Node; 2],
    token: String,
}

impl Doors {
    fn start(redis: &RedisServer) -> Self {
        let mut one = limited("gateway,auth,terminology", redis);
        one.start();
        let token = one.token();
        let mut other = limited("gateway,terminology", redis);
        let asks = json!({"name": "the other door", "service": "gateway", "permissions": ["credentials.introspect"]});
        other.knows("auth", one.base());
        other.knows("key", made(&one, &token, &asks));
        other.start();
        let both = [one, other];
        Self { both, token }
    }

    /// The name and the key of a client who may ask for as much as whoever has signed in.
    fn client(&self, name: &str) -> (String, String) {
        let wanted = json!({"name": name, "permissions": ["users.read"]});
        let key = made(&self.both[0], &self.token, &wanted);
        let usage = self.both[0].ask("GET", "/api/v1/limits/usage", &[("x-api-key", &key)], "");
        assert_eq!(usage.status, 200, "{}", usage.body);
        let caller = usage.body["caller"].as_str().expect("a name");
        (caller.to_owned(), key)
    }

    /// How many of the requests of one who asks both in turn are answered. The rest is refused, by nothing but the limit.
    fn answered(&self, key: &str) -> usize {
        let mut answered = 0;
        for _ in 0..EACH {
            for door in &self.both {
                let path = "/api/v1/search/icd10?q=infarction";
                let answer = door.ask("GET", path, &[("x-api-key", key)], "");
                match answer.status {
                    200 => answered += 1,
                    429 => assert_eq!(answer.header("x-refused-by"), "rate-limited"),
                    other => panic!("{other}: {}", answer.body),
                }
            }
        }
        answered
    }

    /// What each door tells operators that `caller` has left of the hour.
    fn left(&self, caller: &str) -> [Value; 2] {
        let bearer = format!("Bearer {}", self.token);
        let path = format!("/api/v1/traffic/usage?caller={caller}");
        self.both.each_ref().map(|door| {
            let told = door.ask("GET", &path, &[("authorization", &*bearer)], "");
            assert_eq!(told.status, 200, "{}", told.body);
            told.body["usages"][0]["limits"][2]["remaining"].clone()
        })
    }

    fn until_health_says(&self, status: &str) {
        for door in &self.both {
            until("health says so", || check(door, "limits") == status);
        }
    }
}

fn limited(roles: &'static str, redis: &RedisServer) -> Node {
    let mut door = Node::of(roles);
    door.with("MEDCOVER__REDIS__ADDRESS", redis.address())
        .with("MEDCOVER__REDIS__CHECK_MS", "200")
        .with("MEDCOVER__LIMITS__ENABLED", "true")
        .with("MEDCOVER__LIMITS__SHARED", "redis")
        // On a busy machine nothing is decided alone by chance.
        .with("MEDCOVER__LIMITS__SHARED_TIMEOUT_MS", "1000")
        .with(
            "MEDCOVER__LIMITS__AUTHENTICATED__REQUESTS_PER_HOUR",
            HOURLY.to_string(),
        )
        .with("MEDCOVER__LIMITS__AUTHENTICATED__BURST_CAPACITY", "100");
    door
}

/// The key of a client made at `door`.
fn made(door: &Node, token: &str, wanted: &Value) -> String {
    let bearer = format!("Bearer {token}");
    let name = wanted["name"].as_str().expect("a name").replace(' ', "-");
    let headers = [("authorization", &*bearer), ("idempotency-key", &*name)];
    let made = door.ask(
        "POST",
        "/api/v1/auth/clients",
        &headers,
        &wanted.to_string(),
    );
    assert_eq!(made.status, 201, "{}", made.body);
    made.body["key"].as_str().expect("a key").to_owned()
}

#[test]
fn a_client_of_two_doors_has_its_limit_once_and_without_redis_each_door_goes_on() {
    let mut redis = RedisServer::start(&[]).expect("it starts");
    let doors = Doors::start(&redis);
    doors.until_health_says("healthy");
    // Asking what is left has cost a tenth.
    let (caller, key) = doors.client("one");
    let (_, meanwhile) = doors.client("two");
    let (_, later) = doors.client("three");
    assert_eq!(doors.left(&caller), [json!(HOURLY - 1), json!(HOURLY - 1)]);
    assert_eq!(doors.answered(&key), HOURLY - 1);
    assert_eq!(doors.left(&caller), [json!(0), json!(0)]);

    redis.kill();
    assert_eq!(doors.answered(&meanwhile), 2 * EACH, "each gives all of it");
    doors.until_health_says("degraded");
    let ready = doors.both[0].ask("GET", "/api/v1/health/ready", &[], "");
    assert_eq!(ready.status, 200);

    redis.start_again().expect("it starts");
    doors.until_health_says("healthy");
    assert_eq!(doors.answered(&later), HOURLY);
    // What a door gave alone it still knows: of 30 there are 25 gone at each, and at the first a tenth.
    assert_eq!(doors.answered(&meanwhile), 4 + 5);
}
