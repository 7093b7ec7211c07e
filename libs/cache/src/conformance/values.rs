//! Values by key.

use std::time::Duration;

use bytes::Bytes;

use super::{Fixture, Ground, put};
use crate::{CacheError, Put};

/// Set, exists, get, delete.
pub async fn what_is_set_is_found_until_it_is_deleted(fixture: &dyn Fixture) {
    let it = Ground::open(fixture).await;
    assert_eq!(it.at("a:1").await, None);
    assert!(it.keep(put("a:1", "one")).await);
    assert!(it.keep(put("a:1", "uno")).await);
    assert_eq!(it.at("a:1").await.as_deref(), Some("uno"));
    assert_eq!(it.engine.exists("a:1").await, Ok(true));
    assert_eq!(it.engine.exists("a:2").await, Ok(false));
    let deleted = it.engine.delete(&["a:1", "a:2"]).await.expect("it answers");
    assert_eq!(deleted.count, 1);
    assert_eq!(it.at("a:1").await, None);
    assert_eq!(it.engine.exists("a:1").await, Ok(false));
}

/// Answers come in the order of the keys.
pub async fn several_are_set_and_asked_at_once(fixture: &dyn Fixture) {
    let it = Ground::open(fixture).await;
    let puts = vec![put("a:1", "one"), put("a:2", "two"), put("a:3", "three")];
    assert_eq!(it.engine.mset(puts).await, Ok(3));
    let found = it.engine.mget(&["a:3", "a:9", "a:1", "a:3"]).await;
    let found: Vec<_> = found.expect("it answers").into_iter().collect();
    let texts = found.iter().map(|entry| {
        let entry = entry.as_ref()?;
        entry.content().map(|bytes| bytes.to_vec())
    });
    let texts: Vec<_> = texts.collect();
    let text = |it: &str| Some(it.as_bytes().to_vec());
    assert_eq!(texts, [text("three"), None, text("one"), text("three")]);
    assert!(it.engine.mget(&[]).await.expect("it answers").is_empty());
}

/// Every byte, and none.
pub async fn content_comes_back_as_it_was(fixture: &dyn Fixture) {
    let it = Ground::open(fixture).await;
    let all: Bytes = (0..=255_u8).collect::<Vec<_>>().into();
    for (key, content) in [("a:ünï \u{10ffff}", all), ("a:", Bytes::new())] {
        let put = Put {
            content: Some(content.clone()),
            ..put(key, "")
        };
        assert!(it.keep(put).await);
        let entry = it.engine.get(key).await.expect("it answers");
        assert_eq!(entry.expect("it is kept").content(), Some(&content));
    }
}

/// Known absence is no miss.
pub async fn that_there_is_nothing_is_kept_too(fixture: &dyn Fixture) {
    let it = Ground::open(fixture).await;
    let nothing = Put {
        content: None,
        ..put("a:1", "")
    };
    assert!(it.keep(nothing).await);
    let entry = it.engine.get("a:1").await.expect("it answers");
    assert_eq!(entry.expect("it is kept").content(), None);
}

/// After its time a value is for when nothing better can be had; after that it is gone.
pub async fn what_has_expired_is_gone(fixture: &dyn Fixture) {
    use medcover_kernel::Clock as _;
    let it = Ground::open(fixture).await;
    assert!(it.keep(put("a:1", "one")).await);
    let fresh = |entry: &crate::Entry| entry.is_fresh(it.clock.elapsed());
    it.clock.advance(Duration::from_millis(59_999));
    let entry = it.engine.get("a:1").await.expect("it answers");
    assert!(fresh(&entry.expect("it is good")));
    it.clock.advance(Duration::from_millis(1));
    let entry = it.engine.get("a:1").await.expect("it answers");
    assert!(!fresh(&entry.expect("it is kept for a while")));
    it.clock.advance(Duration::from_mins(1));
    assert_eq!(it.at("a:1").await, None);
    assert_eq!(it.engine.exists("a:1").await, Ok(false));
}

/// One value does not drive out all others, and what was there before it is not so any more.
pub async fn what_is_too_large_is_not_kept_and_what_it_replaces_is_gone(fixture: &dyn Fixture) {
    let it = Ground::open(fixture).await;
    assert!(it.keep(put("a:1", "one")).await);
    let large = "x".repeat(1 << 20);
    assert!(!it.keep(put("a:1", &large)).await);
    assert_eq!(it.at("a:1").await, None);
    let long_key = format!("a:{}", "k".repeat(crate::MAX_KEY_BYTES));
    assert!(!it.keep(put(&long_key, "")).await);
    let stats = it.engine.get_stats().await.expect("it answers");
    assert_eq!(stats.refused, 2);
}

/// Also what would change nothing.
pub async fn an_engine_that_is_closed_answers_nothing(fixture: &dyn Fixture) {
    let it = Ground::open(fixture).await;
    assert!(it.keep(put("a:1", "one")).await);
    for _ in 0..2 {
        assert_eq!(it.engine.close().await, Ok(()));
    }
    let closed = Err(CacheError::Closed);
    assert_eq!(
        it.engine.mark().await,
        closed.clone().map(|()| unreachable!())
    );
    assert!(it.engine.get("a:1").await.is_err());
    assert!(it.engine.exists("a:1").await.is_err());
    assert!(it.engine.mget(&["a:1"]).await.is_err());
    assert!(it.engine.set(put("a:2", "two")).await.is_err());
    assert!(it.engine.mset(vec![]).await.is_err());
    assert!(it.engine.delete(&["a:1"]).await.is_err());
    assert!(it.engine.invalidate_by_tags(&[]).await.is_err());
    assert!(it.engine.flush_pattern(&[]).await.is_err());
    assert!(it.engine.get_stats().await.is_err());
    if let Some(engine) = it.engine.at_once() {
        assert!(engine.get("a:1").is_none());
    }
}
