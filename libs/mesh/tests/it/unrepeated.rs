//! Whatever instances do: what might have its effect twice is read once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use medcover_mesh::UpstreamConfig;
use proptest::prelude::*;

use crate::house::{Act, Asked, House, Scripted, config, good, status};

/// One request, and what instances do with those that arrive one after the other.
#[derive(Clone, Debug)]
struct Trial {
    method: &'static str,
    keyed: bool,
    based: bool,
    large: bool,
    acts: Vec<Act>,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        Just(good()),
        Just(status(500)),
        Just(status(503)),
        Just(Act::Answer(503, "retry-after: 0\r\n", String::new())),
        Just(Act::Reset),
        Just(Act::Never),
        Just(Act::HalfBody(100)),
        Just(Act::Slow(Duration::from_millis(40))),
    ]
}

fn trial() -> impl Strategy<Value = Trial> {
    let method = prop::sample::select(vec!["GET", "POST", "PATCH", "PUT", "DELETE"]);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    (method, flags, prop::collection::vec(act(), 4)).prop_map(
        |(method, (keyed, based, large), acts)| Trial {
            method,
            keyed,
            based,
            large,
            acts,
        },
    )
}

/// How often each request was read, by its name, over both instances.
type Read = Arc<Mutex<HashMap<String, usize>>>;

fn name_of(head: &str) -> String {
    let name = head.lines().find_map(|it| it.strip_prefix("x-name: "));
    name.expect("every request is named").to_owned()
}

async fn send(house: &House, name: &str, trial: &Trial) {
    let mut headers = vec![("x-name", name)];
    if trial.keyed {
        headers.push(("idempotency-key", name));
    }
    if trial.based {
        headers.push(("if-match", "\"1\""));
    }
    let length = if trial.large { 100_000 } else { 100 };
    let body = match trial.method {
        "GET" => Body::empty(),
        _ => Body::from(vec![b'x'; length]),
    };
    let within = Duration::from_millis(300);
    let _ = house.ask_within(trial.method, &headers, body, within).await;
}

async fn run(trials: Vec<Trial>) -> Result<(), TestCaseError> {
    let read = Read::default();
    let acts: HashMap<_, _> = trials
        .iter()
        .enumerate()
        .map(|(n, it)| (n.to_string(), it.acts.clone()))
        .collect();
    let script = {
        let read = Arc::clone(&read);
        let acts = Arc::new(acts);
        move |asked: &Asked| {
            let name = name_of(&asked.head);
            let mut read = read.lock().expect("nobody panics");
            let times = read.entry(name.clone()).or_default();
            *times += 1;
            acts[&name].get(*times - 1).cloned().unwrap_or_else(good)
        }
    };
    let one = Scripted::start(script.clone()).await;
    let other = Scripted::start(script).await;
    let quick = UpstreamConfig {
        try_ms: 25,
        failure_threshold: 0,
        failure_percent: 0,
        ..config()
    };
    let house = Arc::new(House::before(&[&one, &other], quick));
    let sent = trials.iter().cloned().enumerate().map(|(number, trial)| {
        let house = Arc::clone(&house);
        tokio::spawn(async move { send(&house, &number.to_string(), &trial).await })
    });
    let sent: Vec<_> = sent.collect();
    for sending in sent {
        sending.await.expect("it does not panic");
    }
    for (number, trial) in trials.iter().enumerate() {
        let read = read.lock().expect("nobody panics");
        let read = read.get(&number.to_string()).copied().unwrap_or(0);
        let by_method = match trial.method {
            "GET" => true,
            "PUT" | "DELETE" => !trial.based,
            _ => false,
        };
        let most = if trial.keyed || by_method { 4 } else { 1 };
        prop_assert!(read <= most, "{trial:?} was read {read} times");
        let whole = trial.large && trial.method != "GET";
        prop_assert!(!whole || read <= 1, "a large body is sent once: {trial:?}");
    }
    prop_assert_eq!(house.in_flight(), 0);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, ..ProptestConfig::default() })]

    #[test]
    fn what_might_have_its_effect_twice_is_read_once(trials in prop::collection::vec(trial(), 8)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(run(trials))?;
    }
}
