//! What keeps answers, by the rules that say how.

use std::sync::Arc;

use arc_swap::ArcSwap;
use medcover_cache::Cache;
use medcover_http::Keeping;
use medcover_policy::{CacheKeys, CacheRules};

use crate::kept::Ruled;

/// More rules than a policy may have; those of policies gone by are forgotten beyond.
const MOST: usize = 512;

/// One keeper for all routes with the same rules, made when it is first needed.
#[derive(Clone)]
pub(super) struct Keepers {
    cache: Cache,
    made: Arc<ArcSwap<Vec<(CacheRules, Keeping)>>>,
}

impl Keepers {
    pub(super) fn new(cache: &Cache) -> Self {
        Self {
            cache: cache.clone(),
            made: Arc::default(),
        }
    }

    /// What keeps answers as `rules` say; nothing where nothing is to be kept.
    pub(super) fn by(&self, rules: &CacheRules) -> Option<Keeping> {
        if rules.keys == CacheKeys::Off {
            return None;
        }
        let find = |made: &[(CacheRules, Keeping)]| {
            let found = made.iter().find(|(known, _)| known == rules);
            found.map(|(_, keeping)| keeping.clone())
        };
        if let Some(known) = find(&self.made.load()) {
            return Some(known);
        }
        let new = Keeping(Arc::new(Ruled::new(&self.cache, rules.clone())));
        self.made.rcu(|made| {
            let mut made = made.to_vec();
            if made.len() >= MOST {
                made.clear();
            }
            if find(&made).is_none() {
                made.push((rules.clone(), new.clone()));
            }
            made
        });
        find(&self.made.load()).or(Some(new))
    }
}
