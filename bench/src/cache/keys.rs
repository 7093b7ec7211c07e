//! What is kept: 10,000 small records under keys as services have them.

use std::sync::Arc;
use std::time::Duration;

use medcover_cache::{Cache, CacheKey, InProcess, Json, KeyText, Loaded, Policy, Space, Tag};
use medcover_kernel::{SystemClock, SystemRng};
use serde::{Deserialize, Serialize};

/// How many keys are asked for.
pub const KEYS: usize = 10_000;
/// Room for all of them.
pub const ROOM: u64 = 256 << 20;

/// A record of some 200 bytes as JSON.
#[derive(Clone, Serialize, Deserialize)]
pub struct Record {
    pub code: String,
    pub title: String,
    pub billable: bool,
    pub parents: Vec<u32>,
}

/// A key of two parts: whose it is, and what.
#[derive(Clone, Copy)]
pub struct Key {
    pub tenant: u32,
    pub number: u32,
}

impl CacheKey for Key {
    type Value = Json<Record>;
    const SPACE: &'static str = "records";
    const POLICY: Policy = Policy::of(Duration::from_mins(30));

    fn write(&self, to: &mut KeyText<'_>) {
        to.number(self.tenant.into())
            .text(":")
            .number(self.number.into());
    }
}

impl Key {
    pub fn of(number: usize) -> Self {
        Self {
            tenant: number as u32 % 7,
            number: number as u32,
        }
    }

    /// Its whole text.
    pub fn text(self) -> String {
        format!("records:{}:{}", self.tenant, self.number)
    }

    /// The group of a hundred that it is in, and itself.
    pub fn tags(self) -> [Tag; 2] {
        [
            Tag::new("group", self.number / 100),
            Tag::new("record", self.number),
        ]
    }
}

pub fn record(number: usize) -> Record {
    Record {
        code: format!("E11.{number}"),
        title: "Type 2 diabetes mellitus with diabetic chronic kidney disease".into(),
        billable: number % 2 == 0,
        parents: (0..8).map(|parent| (number + parent) as u32).collect(),
    }
}

pub fn cache() -> Cache {
    let clock = Arc::new(SystemClock::new());
    let engine = InProcess::new(ROOM, clock.clone());
    Cache::new(Arc::new(engine), clock, Arc::new(SystemRng))
}

/// Loads the first `count` keys.
pub async fn fill(space: &Space<Key>, count: usize) {
    for number in 0..count {
        load(space, Key::of(number)).await;
    }
}

/// Asks for a key, and loads it with its tags unless it is kept.
pub async fn load(space: &Space<Key>, key: Key) {
    let load = || async move {
        let [group, own] = key.tags();
        let value = Json(record(key.number as usize));
        Ok(Loaded::value(value).tag(&group).tag(&own))
    };
    space.get_or_load(&key, load).await.expect("it is loaded");
}
