//! What makes values unreadable.

use std::sync::Arc;
use std::time::Duration;

use super::{Fixture, Ground, put};
use crate::{Cached, Dependencies, Mark, Origin, Pattern, Put, Tag};

fn pattern(text: &str) -> Pattern {
    text.parse().expect("a pattern")
}

fn on(kind: &str, id: u32) -> Dependencies {
    Dependencies::none().tag(&Tag::new(kind, id))
}

/// A batch of tags, over many values; and those of other tags stay.
pub async fn a_tag_makes_what_depends_on_it_unreadable_and_nothing_else(fixture: &dyn Fixture) {
    let it = Ground::open(fixture).await;
    for number in 0..100 {
        let key = format!("a:{number}");
        it.loaded(&key, "x", on("group", number % 10)).await;
    }
    let tags = [3, 7].map(|number| Tag::new("group", number));
    it.engine
        .invalidate_by_tags(&tags)
        .await
        .expect("it answers");
    for number in 0..100 {
        let there = it.at(&format!("a:{number}")).await.is_some();
        assert_eq!(there, ![3, 7].contains(&(number % 10)), "{number}");
    }
    // The same tag may be used again at once.
    it.loaded("a:3", "y", on("group", 3)).await;
    assert_eq!(it.at("a:3").await.as_deref(), Some("y"));
}

/// Whichever way it was invalidated meanwhile.
pub async fn a_load_that_began_before_comes_too_late(fixture: &dyn Fixture) {
    let it = Ground::open(fixture).await;
    for way in 0..4 {
        let mark = it.engine.mark().await.expect("it answers");
        match way {
            0 => {
                let tags = [Tag::new("group", 1)];
                it.engine
                    .invalidate_by_tags(&tags)
                    .await
                    .expect("it answers");
            }
            1 => {
                it.engine.delete(&["a:1"]).await.expect("it answers");
            }
            2 => {
                let patterns = [pattern("a:*")];
                it.engine
                    .flush_pattern(&patterns)
                    .await
                    .expect("it answers");
            }
            _ => {
                it.engine.delete(&["b:1"]).await.expect("it answers");
            }
        }
        let late = Put {
            dependencies: on("group", 1).key_text("b:1"),
            origin: Origin::Loaded(mark),
            ..put("a:1", "old")
        };
        it.keep(late).await;
        assert_eq!(it.at("a:1").await, None, "way {way}");
    }
}

/// However long a load takes, and however much is invalidated meanwhile.
pub async fn stamps_outlive_what_they_are_about(fixture: &dyn Fixture) {
    let it = Ground::open(fixture).await;
    let mark = it.engine.mark().await.expect("it answers");
    let tags = [Tag::new("group", 1)];
    it.engine
        .invalidate_by_tags(&tags)
        .await
        .expect("it answers");
    for number in 0..10_000 {
        let tags = [Tag::new("other", number)];
        it.engine
            .invalidate_by_tags(&tags)
            .await
            .expect("it answers");
    }
    it.clock.advance(Duration::from_hours(24 * 30));
    let late = Put {
        dependencies: on("group", 1),
        origin: Origin::Loaded(mark),
        ..put("a:1", "old")
    };
    it.keep(late).await;
    assert_eq!(it.at("a:1").await, None);
}

/// When that is deleted, and when it is set.
pub async fn a_value_goes_with_the_key_it_depends_on(fixture: &dyn Fixture) {
    let it = Ground::open(fixture).await;
    for set in [false, true] {
        it.loaded("a:1", "x", Dependencies::none()).await;
        it.loaded("b:1", "y", Dependencies::none().key_text("a:1"))
            .await;
        // Loading the key anew, as after it expired, changes nothing.
        it.loaded("a:1", "x", Dependencies::none()).await;
        assert!(it.at("b:1").await.is_some());
        if set {
            assert!(it.keep(put("a:1", "z")).await);
            assert_eq!(it.at("a:1").await.as_deref(), Some("z"));
        } else {
            it.engine.delete(&["a:1"]).await.expect("it answers");
        }
        assert_eq!(it.at("b:1").await, None, "set: {set}");
    }
}

/// A value that was made from another one goes with whatever that depends on, even when the other is long gone.
pub async fn dependencies_are_handed_on(fixture: &dyn Fixture) {
    let it = Ground::open(fixture).await;
    it.loaded("a:1", "x", on("group", 1)).await;
    let first = it.engine.get("a:1").await.expect("it answers");
    let names = Arc::clone(first.expect("it is kept").names());
    let made_from = Cached::apart(Arc::new(()), names, Mark::default());
    it.loaded("b:1", "y", Dependencies::none().derived_from(&made_from))
        .await;
    it.loaded("c:1", "y", Dependencies::none()).await;
    it.engine
        .flush_pattern(&[pattern("a:*")])
        .await
        .expect("it answers");
    let tags = [Tag::new("group", 1)];
    it.engine
        .invalidate_by_tags(&tags)
        .await
        .expect("it answers");
    assert_eq!(it.at("b:1").await, None);
    assert!(it.at("c:1").await.is_some());
}

/// And an entry that is older than the last invalidation of a tag cannot have it.
pub async fn a_tag_that_is_added_later_counts(fixture: &dyn Fixture) {
    let it = Ground::open(fixture).await;
    it.loaded("a:1", "x", Dependencies::none()).await;
    it.loaded("a:2", "x", Dependencies::none()).await;
    let (one, two) = ([Tag::new("group", 1)], [Tag::new("group", 2)]);
    it.engine
        .invalidate_by_tags(&two)
        .await
        .expect("it answers");
    assert_eq!(it.engine.add_tags("a:1", &one).await, Ok(true));
    assert_eq!(it.engine.add_tags("a:2", &two).await, Ok(false));
    assert_eq!(it.engine.add_tags("a:3", &one).await, Ok(false));
    assert_eq!(it.at("a:2").await, None);
    assert!(it.at("a:1").await.is_some());
    it.engine
        .invalidate_by_tags(&one)
        .await
        .expect("it answers");
    assert_eq!(it.at("a:1").await, None);
}

/// Several patterns at once; a key that fits two counts once.
pub async fn patterns_say_how_many_there_were(fixture: &dyn Fixture) {
    let it = Ground::open(fixture).await;
    for number in 0..1_500 {
        it.loaded(&format!("a:{number}"), "", Dependencies::none())
            .await;
    }
    it.loaded("b:1", "", Dependencies::none()).await;
    it.loaded("c:1:x", "", Dependencies::none()).await;
    let patterns = [pattern("a:*"), pattern("*:1"), pattern("z:*")];
    assert_eq!(it.engine.flush_pattern(&patterns).await, Ok(1_501));
    assert_eq!(it.engine.flush_pattern(&patterns).await, Ok(0));
    assert_eq!(it.at("a:7").await, None);
    assert!(it.at("c:1:x").await.is_some());
    assert_eq!(it.engine.flush_pattern(&[pattern("c:*:x")]).await, Ok(1));
}

/// However many patterns were flushed since.
pub async fn whatever_was_flushed_long_ago_stays_away(fixture: &dyn Fixture) {
    let it = Ground::open(fixture).await;
    let mark = it.engine.mark().await.expect("it answers");
    it.engine
        .flush_pattern(&[pattern("a:*")])
        .await
        .expect("it answers");
    for number in 0..200 {
        let other = pattern(&format!("other{number}:*"));
        it.engine.flush_pattern(&[other]).await.expect("it answers");
    }
    let late = Put {
        origin: Origin::Loaded(mark),
        ..put("a:1", "old")
    };
    it.keep(late).await;
    assert_eq!(it.at("a:1").await, None);
    it.loaded("a:1", "new", Dependencies::none()).await;
    assert_eq!(it.at("a:1").await.as_deref(), Some("new"));
}

/// A load that was under way when somebody set the key.
pub async fn a_load_does_not_take_the_place_of_what_was_set(fixture: &dyn Fixture) {
    let it = Ground::open(fixture).await;
    let mark = it.engine.mark().await.expect("it answers");
    assert!(it.keep(put("a:1", "new")).await);
    let late = Put {
        origin: Origin::Loaded(mark),
        ..put("a:1", "old")
    };
    assert!(!it.keep(late).await);
    assert_eq!(it.at("a:1").await.as_deref(), Some("new"));
}

/// Nobody knows whose write the source has; one that writes alone is kept.
pub async fn of_two_that_write_at_once_none_is_kept(fixture: &dyn Fixture) {
    let it = Ground::open(fixture).await;
    let begin = async || it.engine.delete(&["a:1"]).await.expect("it answers").mark;
    let end = async |since, value| {
        let written = Put {
            origin: Origin::Written(since),
            ..put("a:1", value)
        };
        it.keep(written).await
    };
    it.loaded("b:1", "y", Dependencies::none().key_text("a:1"))
        .await;
    let alone = begin().await;
    it.loaded("a:1", "read meanwhile", Dependencies::none())
        .await;
    assert!(end(alone, "one").await);
    assert_eq!(it.at("a:1").await.as_deref(), Some("one"));
    assert_eq!(it.at("b:1").await, None);
    for way in 0..2 {
        let since = begin().await;
        if way == 0 {
            let patterns = [pattern("a:*")];
            it.engine
                .flush_pattern(&patterns)
                .await
                .expect("it answers");
        } else {
            it.engine.delete(&["b:1"]).await.expect("it answers");
        }
        let written = Put {
            dependencies: Dependencies::none().key_text("b:1"),
            origin: Origin::Written(since),
            ..put("a:1", "old")
        };
        it.keep(written).await;
        assert_eq!(it.at("a:1").await, None, "way {way}");
    }
    let (first, second) = (begin().await, begin().await);
    assert!(!end(first, "two").await);
    assert!(!end(second, "three").await);
    assert_eq!(it.at("a:1").await, None);
}

/// Memory is given back for what expired or was invalidated, dependants included.
pub async fn what_cannot_be_read_is_swept(fixture: &dyn Fixture) {
    let it = Ground::open(fixture).await;
    for number in 0..50 {
        it.loaded(&format!("a:{number}"), "x", on("group", 1)).await;
        let depends = Dependencies::none().key_text(&format!("a:{number}"));
        it.loaded(&format!("b:{number}"), "x", depends).await;
    }
    it.loaded("c:1", "x", Dependencies::none()).await;
    let tags = [Tag::new("group", 1)];
    it.engine
        .invalidate_by_tags(&tags)
        .await
        .expect("it answers");
    it.engine.delete(&["a:1"]).await.expect("it answers");
    it.engine.sweep().await.expect("it answers");
    let stats = it.engine.get_stats().await.expect("it answers");
    assert_eq!(stats.entries, 50, "{stats:?}");
    it.clock.advance(Duration::from_mins(2));
    it.engine.sweep().await.expect("it answers");
    let stats = it.engine.get_stats().await.expect("it answers");
    assert_eq!(stats.entries, 0, "{stats:?}");
}
