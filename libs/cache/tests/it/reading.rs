//! Values that are kept, good, stale and absent.

use std::sync::Arc;
use std::time::Duration;

use medcover_cache::{Cache, InProcess, Json, Loaded, Lookup, Policy, Tag};
use medcover_kernel::{Error, ErrorKind, SeededRng};

use crate::ground::{Ground, Patient, Visit};

#[tokio::test]
async fn the_source_is_asked_once_while_a_value_is_good() {
    let it = Ground::new();
    let patients = it.patients();
    for _ in 0..3 {
        let value = patients.get_or_load(&Patient(1), || it.source("Ada")).await;
        assert_eq!(value.expect("loaded").expect("there").0, "Ada");
    }
    assert_eq!(it.asked(), 1);
    it.clock.advance(Duration::from_mins(1));
    assert!(patients.get(&Patient(1)).await.is_miss());
    let value = patients.get_or_load(&Patient(1), || it.source("Bob")).await;
    assert_eq!(value.expect("loaded").expect("there").0, "Bob");
    assert_eq!(it.asked(), 2);
}

#[tokio::test]
async fn keys_of_two_types_never_meet() {
    let it = Ground::new();
    let (patients, visits) = (it.patients(), it.cache.space::<Visit>());
    assert!(
        patients
            .set(&Patient(1), Json("Ada".into()))
            .await
            .expect("it answers")
    );
    assert!(visits.get(&Visit(1)).await.is_miss());
    assert!(visits.set(&Visit(1), Json(7)).await.expect("it answers"));
    let kept = patients.get(&Patient(1)).await.value().expect("kept");
    assert_eq!(kept.0, "Ada");
    // The type of what comes out is that of the key: no line here says which.
    assert_eq!(visits.get(&Visit(1)).await.value().expect("kept").0 + 1, 8);
}

#[tokio::test]
async fn what_is_asked_often_is_one_value_in_memory() {
    let it = Ground::new();
    let patients = it.patients();
    let ask = || patients.get_or_load(&Patient(1), || it.source("Ada"));
    let first = ask().await.expect("loaded").expect("there").into_value();
    let second = ask().await.expect("kept").expect("there").into_value();
    assert!(Arc::ptr_eq(&first, &second));
}

#[tokio::test]
async fn that_there_is_nothing_is_known_for_a_while() {
    let it = Ground::new();
    let patients = it.patients();
    for _ in 0..2 {
        let nothing = patients.get_or_load(&Patient(1), || async {
            it.asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            Ok(Loaded::absent())
        });
        assert!(nothing.await.expect("loaded").is_none());
    }
    assert_eq!(it.asked(), 1);
    assert!(matches!(patients.get(&Patient(1)).await, Lookup::Absent));
    assert!(!patients.exists(&Patient(1)).await);
    it.clock.advance(Duration::from_secs(5));
    assert!(patients.get(&Patient(1)).await.is_miss());
}

#[tokio::test]
async fn what_has_expired_stands_in_for_a_source_that_is_away() {
    let it = Ground::new();
    let patients = it.patients();
    let load = async |at: &Patient| patients.get_or_load(at, || it.away()).await;
    assert_eq!(
        load(&Patient(1)).await.expect_err("never loaded").kind(),
        ErrorKind::Unavailable
    );
    patients
        .get_or_load(&Patient(1), || it.source("Ada"))
        .await
        .expect("loaded");
    it.clock.advance(Duration::from_mins(2));
    assert_eq!(
        load(&Patient(1)).await.expect("stale").expect("there").0,
        "Ada"
    );
    // Not for a fault of the caller's, and not after its time.
    let refused = || async { Err(Error::not_found("No such patient.")) };
    let refused = patients.get_or_load(&Patient(1), refused).await;
    assert_eq!(refused.expect_err("refused").kind(), ErrorKind::NotFound);
    it.clock.advance(Duration::from_mins(5));
    load(&Patient(1)).await.expect_err("too old");
    let figures = &it.cache.figures()[0];
    assert_eq!((figures.stale, figures.failed_loads), (1, 4));
}

#[tokio::test]
async fn what_was_invalidated_does_not_stand_in() {
    let it = Ground::new();
    let patients = it.patients();
    let ward = Tag::new("ward", 3);
    let load = || async { Ok(Loaded::value(Json("Ada".to_owned())).tag(&ward)) };
    patients
        .get_or_load(&Patient(1), load)
        .await
        .expect("loaded");
    it.clock.advance(Duration::from_mins(2));
    it.cache
        .invalidate_by_tags(std::slice::from_ref(&ward))
        .await
        .expect("it answers");
    let away = patients.get_or_load(&Patient(1), || it.away()).await;
    away.expect_err("there is nothing to show");
}

#[tokio::test]
async fn a_value_made_from_another_goes_with_what_that_depends_on() {
    let it = Ground::new();
    let (patients, visits) = (it.patients(), it.cache.space::<Visit>());
    let ward = Tag::new("ward", 3);
    let load = || async { Ok(Loaded::value(Json("Ada".to_owned())).tag(&ward)) };
    let visit = || async {
        let patient = patients.get_or_load(&Patient(1), load).await?;
        let patient = patient.expect("there is one");
        Ok(Loaded::value(Json(patient.len() as u64)).derived_from(&patient))
    };
    visits.get_or_load(&Visit(1), visit).await.expect("loaded");
    assert!(visits.exists(&Visit(1)).await);
    it.cache
        .invalidate_by_tags(&[ward])
        .await
        .expect("it answers");
    assert!(!visits.exists(&Visit(1)).await);
    assert!(!patients.exists(&Patient(1)).await);
}

#[tokio::test]
async fn values_of_one_moment_do_not_expire_at_one_moment() {
    let it = Ground::new();
    let visits = it.cache.space_with::<Visit>(Policy {
        jitter_percent: 20,
        early_percent: 0,
        ..Policy::of(Duration::from_secs(100))
    });
    for number in 0..200 {
        let load = || async { Ok(Json(number).into()) };
        visits
            .get_or_load(&Visit(number), load)
            .await
            .expect("loaded");
    }
    let left = async || {
        let mut left = 0;
        for number in 0..200 {
            left += u32::from(visits.exists(&Visit(number)).await);
        }
        left
    };
    it.clock.advance(Duration::from_secs(80));
    assert_eq!(left().await, 200);
    it.clock.advance(Duration::from_secs(10));
    assert!((60..140).contains(&left().await), "{}", left().await);
    it.clock.advance(Duration::from_secs(10));
    assert_eq!(left().await, 0);
}

/// Asked a thousand times a second, a value whose load takes 100 ms is loaded anew before it expires, and about once.
#[tokio::test]
async fn a_value_in_use_is_loaded_before_it_expires() {
    let it = Ground::new();
    let visits = it.cache.space_with::<Visit>(Policy {
        jitter_percent: 0,
        ..Policy::of(Duration::from_secs(10))
    });
    let load = || async {
        it.clock.advance(Duration::from_millis(100));
        Ok(Json(1).into())
    };
    for _ in 0..60_000 {
        visits.get_or_load(&Visit(1), load).await.expect("loaded");
        it.clock.advance(Duration::from_millis(1));
    }
    let figures = &it.cache.figures()[0];
    // A minute holds six lives of ten seconds, each ended a little early.
    assert_eq!(figures.misses, 1, "{figures:?}");
    assert!((6..=8).contains(&figures.early), "{figures:?}");
}

#[tokio::test]
async fn without_an_engine_everything_is_loaded() {
    let it = Ground::new();
    let patients = it.patients();
    patients
        .set(&Patient(1), Json("Ada".into()))
        .await
        .expect("it answers");
    it.cache.close().await.expect("it answers");
    for _ in 0..2 {
        let value = patients.get_or_load(&Patient(1), || it.source("Bob")).await;
        assert_eq!(value.expect("loaded").expect("there").0, "Bob");
    }
    assert_eq!(it.asked(), 2);
    // Who must know that nothing is shown any more is told that it cannot be said.
    it.cache
        .invalidate_by_tags(&[Tag::new("ward", 3)])
        .await
        .expect_err("closed");
    patients
        .set(&Patient(1), Json("Bob".into()))
        .await
        .expect_err("closed");
}

#[tokio::test]
async fn an_engine_without_room_keeps_nothing() {
    let it = Ground::with_bytes(0);
    let patients = it.patients();
    for _ in 0..2 {
        let value = patients.get_or_load(&Patient(1), || it.source("Ada")).await;
        assert_eq!(value.expect("loaded").expect("there").0, "Ada");
    }
    assert_eq!(it.asked(), 2);
}

#[tokio::test]
async fn several_are_asked_in_their_order() {
    let it = Ground::new();
    let patients = it.patients();
    let record = |number, name: &str| (Patient(number), Json(name.to_owned()));
    let kept = patients
        .mset(vec![record(1, "Ada"), record(2, "Bob")])
        .await;
    assert_eq!(kept.expect("it answers"), 2);
    let found = patients.mget(&[Patient(2), Patient(3), Patient(1)]).await;
    let names = found
        .into_iter()
        .map(|it| it.value().map(|it| it.0.clone()));
    let names: Vec<_> = names.collect();
    assert_eq!(names, [Some("Bob".into()), None, Some("Ada".into())]);
}

#[tokio::test]
async fn two_caches_share_nothing() {
    let it = Ground::new();
    let engine = Arc::new(InProcess::new(1 << 20, Arc::clone(&it.clock) as _));
    let other = Cache::new(
        engine,
        Arc::clone(&it.clock) as _,
        Arc::new(SeededRng::new(1)),
    );
    let patients = it.patients();
    patients
        .set(&Patient(1), Json("Ada".into()))
        .await
        .expect("it answers");
    assert!(other.space::<Patient>().get(&Patient(1)).await.is_miss());
}
