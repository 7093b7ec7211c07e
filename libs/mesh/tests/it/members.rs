use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use axum::routing::get;
use medcover_http::stop;
use medcover_kernel::{Error, Result, SystemClock};
use medcover_mesh::{Instance, LeasedRegistry, Registrar as _, Registry, UpstreamConfig};
use medcover_testkit::TestServer;
use tokio::time::sleep;

use crate::house::{House, config, status_of};

/// An instance that says whether it is ready, and counts what it is asked.
struct Served {
    server: TestServer,
    ready: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
}

impl Served {
    async fn start() -> Self {
        let ready = Arc::new(AtomicBool::new(true));
        let asked = Arc::new(AtomicUsize::new(0));
        let (says, counts) = (Arc::clone(&ready), Arc::clone(&asked));
        let is_ready = async move || {
            let ready = says.load(Ordering::SeqCst);
            if ready {
                StatusCode::OK
            } else {
                StatusCode::SERVICE_UNAVAILABLE
            }
        };
        let answer = async move || {
            counts.fetch_add(1, Ordering::SeqCst);
            sleep(Duration::from_millis(1)).await;
            "good"
        };
        let router = Router::new()
            .route("/api/v1/health/ready", get(is_ready))
            .fallback(answer);
        let server = TestServer::start(router).await;
        Self {
            server,
            ready,
            asked,
        }
    }

    fn instance(&self) -> Instance {
        Instance::at(format!("http://{}", self.server.addr))
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

const TTL: Duration = Duration::from_mins(1);

async fn until(mut holds: impl FnMut() -> bool) {
    while !holds() {
        sleep(Duration::from_millis(5)).await;
    }
}

/// A registry that does not answer the first few times.
struct Late {
    away: AtomicUsize,
    instance: Instance,
}

#[async_trait]
impl Registry for Late {
    async fn discover(&self, _: &str) -> Result<Vec<Instance>> {
        let one_less = |away: usize| away.checked_sub(1);
        let away = self
            .away
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less);
        match away {
            Ok(_) => Err(Error::unavailable("Not yet.")),
            Err(_) => Ok(vec![self.instance.clone()]),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registry_that_does_not_answer_at_first_is_asked_again_before_anybody_is_refused() {
    let served = Served::start().await;
    let registry = Arc::new(Late {
        away: AtomicUsize::new(3),
        instance: served.instance(),
    });
    // A request waits for a second, and the registry is asked every five.
    let house = House::of(registry, UpstreamConfig::default());
    let (stopper, stopping) = stop();
    let running = tokio::spawn(house.upstream.clone().run(stopping));
    assert_eq!(status_of(&house.get().await), 200);
    stopper.drain();
    running.await.expect("it ends");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_join_and_leave_under_load_without_a_failed_request() {
    let registry = Arc::new(LeasedRegistry::new(Arc::new(SystemClock::new())));
    let first = Served::start().await;
    let lease = registry
        .register("test-service", first.instance(), TTL)
        .await;
    let lease = lease.expect("there is room");
    let house = Arc::new(House::of(Arc::<LeasedRegistry>::clone(&registry), config()));
    let (stopper, stopping) = stop();
    let running = tokio::spawn(house.upstream.clone().run(stopping));
    let over = Arc::new(AtomicBool::new(false));
    let load = (0..4).map(|number| {
        let (house, over) = (Arc::clone(&house), Arc::clone(&over));
        tokio::spawn(async move {
            let mut sent = 0_usize;
            while !over.load(Ordering::SeqCst) {
                let key = [("idempotency-key", "k")];
                let answer = if (sent + number).is_multiple_of(2) {
                    house.get().await
                } else {
                    house.ask("POST", &key, Body::from("{}")).await
                };
                assert_eq!(status_of(&answer), 200);
                sent += 1;
            }
            sent
        })
    });
    let load: Vec<_> = load.collect();

    // The first says that it is about to stop, and others take over.
    let mut here = first;
    let mut lease = lease;
    for _ in 0..4 {
        let next = Served::start().await;
        let joined = registry
            .register("test-service", next.instance(), TTL)
            .await;
        until(|| next.asked() > 20).await;
        registry.drain(lease).await.expect("it holds");
        here.ready.store(false, Ordering::SeqCst);
        let address = here.instance().address;
        let idle = || {
            let seen = house.upstream.status().instances;
            seen.iter()
                .all(|it| it.address != address || (it.in_flight == 0 && it.draining))
        };
        until(idle).await;
        here.server.stop().await;
        registry.leave(lease).await.expect("harmless");
        until(|| house.upstream.status().instances.len() == 1).await;
        (here, lease) = (next, joined.expect("there is room"));
    }
    over.store(true, Ordering::SeqCst);
    let mut sent = 0;
    for client in load {
        sent += client.await.expect("no request failed");
    }
    assert!(sent > 200, "{sent}");
    stopper.drain();
    running.await.expect("it ends");
    assert_eq!(house.in_flight(), 0);
}

#[tokio::test]
async fn it_is_known_which_versions_run_side_by_side() {
    let registry = Arc::new(LeasedRegistry::new(Arc::new(SystemClock::new())));
    let (one, other) = (Served::start().await, Served::start().await);
    let says = async |of: &Served, version: &str| {
        let instance = of.instance().of_version(version);
        let registered = registry.register("test-service", instance, TTL).await;
        registered.expect("there is room");
    };
    says(&one, "0.1.0").await;
    says(&other, "0.1.0").await;
    let house = House::of(Arc::<LeasedRegistry>::clone(&registry), config());
    let (stopper, stopping) = stop();
    let running = tokio::spawn(house.upstream.clone().run(stopping));
    let versions = |expected: &[&str]| {
        let status = house.upstream.status();
        status.instances.len() == 2 && status.versions().into_iter().eq(expected.iter().copied())
    };
    until(|| versions(&["0.1.0"])).await;
    // Who comes back at the same address may be another.
    says(&one, "0.2.0").await;
    until(|| versions(&["0.1.0", "0.2.0"])).await;
    says(&other, "0.2.0").await;
    until(|| versions(&["0.2.0"])).await;
    stopper.drain();
    running.await.expect("it ends");
}

#[tokio::test]
async fn who_says_that_it_is_not_ready_gets_nothing_until_it_is() {
    let registry = Arc::new(LeasedRegistry::new(Arc::new(SystemClock::new())));
    let (one, other) = (Served::start().await, Served::start().await);
    for it in [&one, &other] {
        let registered = registry.register("test-service", it.instance(), TTL).await;
        registered.expect("there is room");
    }
    assert!(
        registry
            .discover("other-service")
            .await
            .expect("it answers")
            .is_empty()
    );
    let house = House::of(registry, config());
    let (_stopper, stopping) = stop();
    tokio::spawn(house.upstream.clone().run(stopping));
    let healthy = |number: usize| {
        let seen = house.upstream.status().instances;
        seen.get(number).is_some_and(|it| it.healthy)
    };
    until(|| healthy(0)).await;
    one.ready.store(false, Ordering::SeqCst);
    until(|| !healthy(0)).await;
    let before = one.asked();
    for _ in 0..20 {
        assert_eq!(status_of(&house.get().await), 200);
    }
    assert_eq!(one.asked(), before);
    one.ready.store(true, Ordering::SeqCst);
    until(|| {
        house
            .upstream
            .status()
            .instances
            .iter()
            .all(|it| it.healthy)
    })
    .await;
    while one.asked() == before {
        assert_eq!(status_of(&house.get().await), 200);
    }
}

#[tokio::test]
async fn a_request_waits_a_moment_for_somebody_to_join() {
    let registry = Arc::new(LeasedRegistry::new(Arc::new(SystemClock::new())));
    let patient = medcover_mesh::UpstreamConfig {
        wait_ms: 10_000,
        ..config()
    };
    let house = House::of(Arc::<LeasedRegistry>::clone(&registry), patient);
    let (_stopper, stopping) = stop();
    tokio::spawn(house.upstream.clone().run(stopping));
    let late = Served::start().await;
    let (answer, ()) = tokio::join!(house.get(), async {
        sleep(Duration::from_millis(100)).await;
        let joined = registry
            .register("test-service", late.instance(), TTL)
            .await;
        joined.expect("there is room");
    });
    assert_eq!(status_of(&answer), 200);
}
