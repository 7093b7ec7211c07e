//! How often which words are searched, in bounded memory.
//!
//! Lossy counting (Manku and Motwani, 2002), in shards. After every [`WIDTH`] searches of a shard, the queries that came
//! less often than once in each stretch since they appeared are forgotten. A count is never too high, and too low by at
//! most one for each [`WIDTH`] searches of its shard, so whatever is asked often is there. Nothing but the words and their
//! number is kept, and only in memory.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};

use medcover_contract_terminology::PopularQuery;

/// Locks, so that threads seldom meet at one.
const SHARDS: usize = 16;
/// Searches of a shard between two clearings.
const WIDTH: u64 = 1_024;
/// Most queries of a shard. Lossy counting keeps to a few times [`WIDTH`]; this bounds what an odd stream could do.
const MAX_QUERIES: usize = 8 * WIDTH as usize;
/// Longest query that is counted, in bytes.
pub(crate) const COUNTED_BYTES: usize = 128;

/// Counts queries.
#[derive(Debug)]
pub(crate) struct Popularity {
    hasher: RandomState,
    shards: [Mutex<Shard>; SHARDS],
}

#[derive(Debug, Default)]
struct Shard {
    searches: u64,
    queries: HashMap<Box<str>, Count>,
    /// The query being counted, so that counting a known one allocates nothing.
    normal: String,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    seen: u64,
    /// How many may have been missed before it appeared.
    missed: u64,
}

impl Default for Popularity {
    fn default() -> Self {
        Self {
            hasher: RandomState::new(),
            shards: std::array::from_fn(|_| Mutex::default()),
        }
    }
}

impl Popularity {
    /// Counts one search for `query`; letter case and white space do not matter.
    pub(crate) fn count(&self, query: &str) {
        if query.len() > COUNTED_BYTES {
            return;
        }
        // By its first letters and length, which normalising leaves alone often enough to spread the load.
        let key = query
            .trim_start()
            .as_bytes()
            .first()
            .map(u8::to_ascii_lowercase);
        let shard = self
            .hasher
            .hash_one(key.map(|first| (first, letters(query))));
        self.shards[shard as usize % SHARDS]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .count(query);
    }

    /// The `most` queries that came most often, in that order, then in that of their words.
    pub(crate) fn top(&self, most: usize) -> Vec<PopularQuery> {
        let mut all = Vec::new();
        for shard in &self.shards {
            let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            all.extend(shard.queries.iter().map(|(query, count)| PopularQuery {
                query: query.to_string(),
                search_count: count.seen,
            }));
        }
        all.sort_unstable_by(|a, b| {
            (b.search_count.cmp(&a.search_count)).then_with(|| a.query.cmp(&b.query))
        });
        all.truncate(most);
        all
    }
}

/// How many bytes are not white space.
fn letters(query: &str) -> usize {
    query
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .count()
}

/// The words of `query` under which it is counted; nothing where it is not counted.
pub(crate) fn counted_words(query: &str) -> Option<String> {
    let mut normal = String::new();
    if query.len() <= COUNTED_BYTES {
        write_normal(&mut normal, query);
    }
    (!normal.is_empty()).then_some(normal)
}

/// In lower case, with single blanks.
fn write_normal(normal: &mut String, query: &str) {
    for word in query.split_whitespace() {
        if !normal.is_empty() {
            normal.push(' ');
        }
        normal.extend(word.chars().flat_map(char::to_lowercase));
    }
}

impl Shard {
    fn count(&mut self, query: &str) {
        self.normal.clear();
        write_normal(&mut self.normal, query);
        self.searches += 1;
        let stretch = self.searches / WIDTH;
        if let Some(count) = self.queries.get_mut(self.normal.as_str()) {
            count.seen += 1;
        } else if self.queries.len() < MAX_QUERIES {
            let count = Count {
                seen: 1,
                missed: stretch,
            };
            self.queries.insert(self.normal.as_str().into(), count);
        }
        if self.searches.is_multiple_of(WIDTH) {
            self.queries
                .retain(|_, count| count.seen + count.missed > stretch);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_spaces_do_not_matter() {
        let popularity = Popularity::default();
        for query in ["Heart  Attack", "heart attack", " HEART ATTACK "] {
            popularity.count(query);
        }
        popularity.count("asthma");
        let top = popularity.top(10);
        assert_eq!(
            (top[0].query.as_str(), top[0].search_count),
            ("heart attack", 3)
        );
        assert_eq!(top.len(), 2);
        assert_eq!(popularity.top(1).len(), 1);
    }

    #[test]
    fn memory_stays_bounded_and_the_popular_stay() {
        let popularity = Popularity::default();
        for number in 0..300_000 {
            popularity.count(&format!("query number {number}"));
            if number % 10 == 0 {
                popularity.count("asthma");
            }
        }
        let kept: usize = popularity
            .shards
            .iter()
            .map(|shard| shard.lock().expect("alive").queries.len())
            .sum();
        assert!(kept < SHARDS * 3 * WIDTH as usize, "{kept}");
        let top = &popularity.top(1)[0];
        assert_eq!(top.query, "asthma");
        assert!((29_000..=30_000).contains(&top.search_count), "{top:?}");
    }
}
