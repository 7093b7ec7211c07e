//! What every engine must do, as tests that any of them can be put through.
//!
//! [`conformance_suite!`](crate::conformance_suite) makes a test of each case for a [`Fixture`] that opens the engine.

pub mod histories;
pub mod invalidation;
pub mod values;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use medcover_kernel::{ManualClock, Timestamp};

use crate::{CacheEngine, Dependencies, Origin, Put};

/// Opens engines of one kind, each empty and apart from the others, with room for what the tests keep (1 MiB).
#[async_trait]
pub trait Fixture: Send + Sync {
    /// An engine whose time is `clock`.
    async fn open(&self, clock: Arc<ManualClock>) -> Arc<dyn CacheEngine>;
}

/// A clock that stands where the tests begin.
pub fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Timestamp::from_micros(0)))
}

/// An engine, and its time.
struct Ground {
    engine: Arc<dyn CacheEngine>,
    clock: Arc<ManualClock>,
}

impl Ground {
    async fn open(fixture: &dyn Fixture) -> Self {
        let clock = clock();
        let engine = fixture.open(Arc::clone(&clock)).await;
        Self { engine, clock }
    }

    async fn keep(&self, put: Put) -> bool {
        self.engine.set(put).await.expect("the engine answers")
    }

    /// The content of a key, as text.
    async fn at(&self, key: &str) -> Option<String> {
        let entry = self.engine.get(key).await.expect("the engine answers")?;
        let content = entry.content().map_or(&b"(absent)"[..], |bytes| bytes);
        Some(String::from_utf8_lossy(content).into_owned())
    }

    /// Keeps `value` as loaded now, depending on `dependencies`.
    async fn loaded(&self, key: &str, value: &str, dependencies: Dependencies) {
        let mark = self.engine.mark().await.expect("the engine answers");
        let put = Put {
            dependencies,
            origin: Origin::Loaded(mark),
            ..put(key, value)
        };
        assert!(self.keep(put).await);
    }
}

/// `value` for `key`, given, good for a minute and for another when nothing better can be had.
fn put(key: &str, value: &str) -> Put {
    Put {
        key: key.into(),
        content: Some(Bytes::copy_from_slice(value.as_bytes())),
        live: None,
        content_weight: value.len(),
        dependencies: Dependencies::none(),
        origin: Origin::Given,
        fresh_for: Duration::from_mins(1),
        stale_for: Duration::from_mins(1),
        cost: Duration::ZERO,
    }
}

/// Makes a test of every case for the fixture that an expression gives.
#[macro_export]
macro_rules! conformance_suite {
    ($fixture:expr) => {
        $crate::conformance_suite! { $fixture;
            values: what_is_set_is_found_until_it_is_deleted, several_are_set_and_asked_at_once,
                content_comes_back_as_it_was, that_there_is_nothing_is_kept_too, what_has_expired_is_gone,
                what_is_too_large_is_not_kept_and_what_it_replaces_is_gone,
                an_engine_that_is_closed_answers_nothing;
            invalidation: a_tag_makes_what_depends_on_it_unreadable_and_nothing_else,
                a_load_that_began_before_comes_too_late, stamps_outlive_what_they_are_about,
                a_value_goes_with_the_key_it_depends_on, dependencies_are_handed_on,
                a_tag_that_is_added_later_counts, patterns_say_how_many_there_were,
                whatever_was_flushed_long_ago_stays_away, a_load_does_not_take_the_place_of_what_was_set,
                of_two_that_write_at_once_none_is_kept, what_cannot_be_read_is_swept;
            histories: nothing_stale_is_shown_in_any_order, nothing_stale_is_shown_between_threads;
        }
    };
    ($fixture:expr; $($group:ident: $($case:ident),+;)+) => {
        $(mod $group {
            use super::*;

            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let fixture = $fixture;
                $crate::conformance::$group::$case(&fixture).await;
            })+
        })+
    };
}
