//! One load a key, however many wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use medcover_cache::{Json, Loaded, Policy, Space, Tag};
use medcover_kernel::{Error, ErrorKind};
use tokio::sync::Barrier;
use tokio::task::{JoinSet, yield_now};

use crate::ground::{Ground, Visit};

/// What `callers` get who ask for one key at the same moment, when the load numbered `n` (from 0) does `load(n)`.
async fn at_once<Fut>(
    space: &Arc<Space<Visit>>,
    callers: usize,
    load: impl Fn(u64) -> Fut + Clone + Send + Sync + 'static,
) -> Vec<Result<u64, &'static str>>
where
    Fut: Future<Output = medcover_kernel::Result<Loaded<Json<u64>>>> + Send,
{
    let (number, together) = (Arc::new(AtomicU64::new(0)), Arc::new(Barrier::new(callers)));
    let mut tasks = JoinSet::new();
    for _ in 0..callers {
        let (space, load) = (Arc::clone(space), load.clone());
        let (number, together) = (Arc::clone(&number), Arc::clone(&together));
        tasks.spawn(async move {
            together.wait().await;
            let load = || load(number.fetch_add(1, Ordering::SeqCst));
            let answer = space.get_or_load(&Visit(1), load).await;
            answer
                .map(|value| value.expect("there is one").0)
                .map_err(|_| "failed")
        });
    }
    let mut answers = Vec::new();
    while let Some(done) = tasks.join_next().await {
        answers.push(done.unwrap_or(Err("panicked")));
    }
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_misses_at_once_load_once() {
    let it = Ground::new();
    let space = Arc::new(it.cache.space());
    let answers = at_once(&space, 1_000, |number| async move {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Ok(Json(number).into())
    });
    assert_eq!(answers.await, vec![Ok(0); 1_000]);
    let figures = &it.cache.figures()[0];
    assert_eq!((figures.loads, figures.failed_loads), (1, 0));
    assert_eq!(figures.joined + figures.hits + 1, 1_000, "{figures:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_load_that_fails_the_next_one_loads() {
    let it = Ground::new();
    let space = Arc::new(it.cache.space());
    let mut answers = at_once(&space, 100, |number| async move {
        tokio::time::sleep(Duration::from_millis(5)).await;
        match number {
            0 | 1 => Err(Error::unavailable("The source is away.")),
            _ => Ok(Json(number).into()),
        }
    })
    .await;
    answers.sort();
    assert_eq!(answers[..98], [Ok(2); 98]);
    assert_eq!(answers[98..], [Err("failed"); 2]);
    assert_eq!(it.cache.figures()[0].loads, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_load_that_panics_the_next_one_loads() {
    let it = Ground::new();
    let space = Arc::new(it.cache.space());
    let mut answers = at_once(&space, 50, |number| async move {
        yield_now().await;
        assert!(number > 0, "the first load panics");
        Ok(Json(number).into())
    })
    .await;
    answers.sort();
    assert_eq!(answers[..49], [Ok(1); 49]);
    assert_eq!(answers[49], Err("panicked"));
}

#[tokio::test]
async fn after_a_load_that_is_given_up_the_next_one_loads() {
    let it = Ground::new();
    let space = Arc::new(it.cache.space::<Visit>());
    let hangs = {
        let space = Arc::clone(&space);
        let load = || std::future::pending();
        tokio::spawn(async move { space.get_or_load(&Visit(1), load).await.map(drop) })
    };
    yield_now().await;
    let waits = {
        let space = Arc::clone(&space);
        let load = || async { Ok(Json(7).into()) };
        tokio::spawn(async move { space.get_or_load(&Visit(1), load).await })
    };
    yield_now().await;
    assert!(!waits.is_finished());
    hangs.abort();
    let value = waits.await.expect("it does not panic").expect("loaded");
    assert_eq!(value.expect("there").0, 7);
}

#[tokio::test]
async fn a_load_that_hangs_is_given_up_in_its_time() {
    let it = Ground::new();
    let policy = Policy {
        load_within: Duration::from_millis(50),
        ..Policy::of(Duration::from_mins(1))
    };
    let space = it.cache.space_with::<Visit>(policy);
    let late = space.get_or_load(&Visit(1), std::future::pending).await;
    assert_eq!(late.expect_err("late").kind(), ErrorKind::DeadlineExceeded);
    let value = space
        .get_or_load(&Visit(1), || async { Ok(Json(7).into()) })
        .await;
    assert_eq!(value.expect("loaded").expect("there").0, 7);
}

/// Who asks after an invalidation does not get what was under way before it; who asked before may.
#[tokio::test]
async fn nobody_joins_a_load_that_began_before_an_invalidation() {
    let it = Ground::new();
    let space = Arc::new(it.cache.space::<Visit>());
    let thing = Tag::new("thing", 1);
    let (go, mut gone) = tokio::sync::mpsc::channel::<()>(1);
    let before = {
        let (space, thing) = (Arc::clone(&space), thing.clone());
        let load = || async move {
            gone.recv().await;
            Ok(Loaded::value(Json(1)).tag(&thing))
        };
        tokio::spawn(async move { space.get_or_load(&Visit(1), load).await })
    };
    yield_now().await;
    it.cache
        .invalidate_by_tags(&[thing])
        .await
        .expect("it answers");
    let after = {
        let space = Arc::clone(&space);
        let load = || async { Ok(Json(2).into()) };
        tokio::spawn(async move { space.get_or_load(&Visit(1), load).await })
    };
    yield_now().await;
    go.send(()).await.expect("it waits");
    let value = |it: medcover_kernel::Result<Option<medcover_cache::Cached<Json<u64>>>>| {
        it.expect("loaded").expect("there").0
    };
    assert_eq!(value(before.await.expect("no panic")), 1);
    assert_eq!(value(after.await.expect("no panic")), 2);
    let kept = space.get(&Visit(1)).await.value().expect("kept");
    assert_eq!(kept.0, 2);
}
