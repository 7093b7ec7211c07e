//! Requests at a steady rate, whether those before are answered or not.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use medcover_http::Way;
use medcover_kernel::{Clock as _, SystemClock};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// Clients that measure the capacity.
const CLIENTS: usize = 16;
/// An answer that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(35);
/// One request in so many is a POST without a key: nobody may send it twice.
const POST_EVERY: u64 = 10;

/// None that the door answers by itself, from what it keeps.
const QUESTIONS: [&str; 4] = [
    "/api/v1/search/icd10?q=heart+attack",
    "/api/v1/search/unified?q=infarction",
    "/api/v1/search/icd10?q=I21",
    "/api/v1/search/autocomplete?q=myo",
];

/// One request and what became of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    /// When it was to be sent.
    pub(super) due: Duration,
    /// From then to the end of its answer.
    pub(super) took: Duration,
    pub(super) is_question: bool,
    /// The status of the answer; 0 where there was none.
    pub(super) status: u16,
}

impl Sample {
    pub(super) const fn failed(&self) -> bool {
        self.status != 200
    }
}

/// The load, as it goes on.
pub(super) struct Load {
    over: Arc<AtomicBool>,
    under_way: Arc<AtomicU32>,
    samples: Arc<Mutex<Vec<Sample>>>,
    sending: JoinHandle<()>,
}

impl Load {
    /// Sends `rate` requests a second to `door`.
    pub(super) fn start(runtime: &Runtime, door: &str, clock: SystemClock, rate: u32) -> Self {
        let way = Way::over_network(door).expect("an address");
        let over = Arc::new(AtomicBool::new(false));
        let under_way = Arc::new(AtomicU32::new(0));
        let samples = Arc::new(Mutex::new(Vec::new()));
        let (ends, counts, kept) = (over.clone(), under_way.clone(), samples.clone());
        let sending = runtime.spawn(async move {
            let began = clock.elapsed();
            let mut number = 0_u64;
            while !ends.load(Ordering::Relaxed) {
                let passed = clock.elapsed().saturating_sub(began);
                let due = (passed.as_micros() as u64).saturating_mul(u64::from(rate)) / 1_000_000;
                while number < due {
                    let (way, counts, kept) = (way.clone(), counts.clone(), kept.clone());
                    let at = began + Duration::from_micros(number * 1_000_000 / u64::from(rate));
                    counts.fetch_add(1, Ordering::Relaxed);
                    tokio::spawn(async move {
                        let sample = sample(&way, clock, number, at).await;
                        kept.lock().expect("nobody panics").push(sample);
                        counts.fetch_sub(1, Ordering::Relaxed);
                    });
                    number += 1;
                }
                sleep(Duration::from_millis(1)).await;
            }
        });
        Self {
            over,
            under_way,
            samples,
            sending,
        }
    }

    /// Ends it, waits for the last answer, and gives every sample.
    pub(super) async fn stop(self) -> Vec<Sample> {
        self.over.store(true, Ordering::Relaxed);
        let _ = self.sending.await;
        while self.under_way.load(Ordering::Relaxed) > 0 {
            sleep(Duration::from_millis(10)).await;
        }
        std::mem::take(&mut *self.samples.lock().expect("nobody panics"))
    }
}

/// Requests that clients get answered which each wait for their answer, in the worst of so many `seconds`.
pub(super) async fn capacity(door: &str, clock: SystemClock, seconds: u32) -> u32 {
    let mut least = u32::MAX;
    for _ in 0..seconds.max(1) {
        least = least.min(answered(door, clock, Duration::from_secs(1)).await);
    }
    least
}

async fn answered(door: &str, clock: SystemClock, within: Duration) -> u32 {
    let way = Way::over_network(door).expect("an address");
    let answered = Arc::new(AtomicU64::new(0));
    let until = clock.elapsed() + within;
    let clients = (0..CLIENTS).map(|client| {
        let (way, answered) = (way.clone(), answered.clone());
        tokio::spawn(async move {
            let mut number = client as u64;
            while clock.elapsed() < until {
                let sample = sample(&way, clock, number, clock.elapsed()).await;
                assert!(!sample.failed(), "{sample:?}");
                answered.fetch_add(1, Ordering::Relaxed);
                number += 1;
            }
        })
    });
    let clients: Vec<_> = clients.collect();
    for client in clients {
        client.await.expect("nothing is harmed yet");
    }
    let answered = answered.load(Ordering::Relaxed);
    (answered as f64 / within.as_secs_f64()) as u32
}

async fn sample(way: &Way, clock: SystemClock, number: u64, due: Duration) -> Sample {
    let is_question = !number.is_multiple_of(POST_EVERY);
    let (path, request) = if is_question {
        let path = QUESTIONS[(number % QUESTIONS.len() as u64) as usize];
        (path, Request::new(Body::empty()))
    } else {
        let body = r#"{"codes":["I21.9","I25.2"]}"#;
        let request = Request::post("/").header("content-type", "application/json");
        let request = request.body(Body::from(body)).expect("a request");
        ("/api/v1/codes/batch", request)
    };
    let asking = async {
        let path = path.parse().expect("a path");
        let (head, body) = way.send(request, path).await.ok()?.into_parts();
        body.collect().await.ok()?;
        Some(head.status.as_u16())
    };
    let status = timeout(PATIENCE, asking).await.ok().flatten();
    Sample {
        due,
        took: clock.elapsed().saturating_sub(due),
        is_question,
        status: status.unwrap_or(0),
    }
}
