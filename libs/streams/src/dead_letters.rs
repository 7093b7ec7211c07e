//! Messages that were set aside: seen, sent again, or dropped, by a person.

use medcover_kernel::Timestamp;
use medcover_redis::redis::{Value, cmd, from_redis_value, pipe};
use medcover_redis::{Ask, Redis, RedisError};
use medcover_store::Position;
use uuid::Uuid;

use crate::entry::list;
use crate::keys::{GroupKeys, StreamKeys};
use crate::scripts::REPLAY;

/// Letters that are looked at in one request.
const PAGE: usize = 100;

/// The dead letters of one group.
#[derive(Clone, Debug)]
pub struct DeadLetters {
    redis: Redis,
    keys: StreamKeys,
    group_keys: GroupKeys,
    group: String,
}

/// A message that was set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its name, by which it is sent again.
    pub id: String,
    /// Its place in the record.
    pub position: Position,
    /// What it is about.
    pub event: Uuid,
    /// What was told.
    pub payload: Vec<u8>,
    /// Why it was set aside.
    pub reason: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was set aside.
    pub died_at: Timestamp,
}

impl DeadLetters {
    /// Those of `group` of `stream`.
    pub fn of(redis: Redis, stream: &str, group: &str) -> Self {
        Self {
            redis,
            keys: StreamKeys::of(stream),
            group_keys: GroupKeys::of(stream, group),
            group: group.to_owned(),
        }
    }

    /// Up to `limit` letters after the letter `after`, in the order in which they were set aside.
    pub async fn list(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<DeadLetter>, RedisError> {
        let from = after.map_or_else(|| "-".to_owned(), |id| format!("({id}"));
        let range = |_: &_| {
            let mut range = cmd("XRANGE");
            range.arg(&self.group_keys.dead).arg(&from).arg("+");
            range.arg("COUNT").arg(limit);
            range.into()
        };
        let found: Vec<Value> = self.redis.ask(Ask::PRIMARY, range).await?;
        Ok(found.into_iter().filter_map(letter).collect())
    }

    /// Sends a letter to its group again, its attempts at zero; whether there is such a letter.
    pub async fn replay(&self, id: &str) -> Result<bool, RedisError> {
        let keys = self.keys.with(&self.group_keys);
        let sent: u64 = self
            .redis
            .run(&REPLAY, &keys, |call| {
                call.arg(&self.group).arg(id);
            })
            .await?;
        Ok(sent == 1)
    }

    /// Sends again all letters that there are now; how many.
    pub async fn replay_all(&self) -> Result<usize, RedisError> {
        let (mut sent, mut after) = (0, None::<String>);
        loop {
            let letters = self.list(after.as_deref(), PAGE).await?;
            for letter in &letters {
                sent += usize::from(self.replay(&letter.id).await?);
            }
            let Some(last) = letters.last() else {
                return Ok(sent);
            };
            after = Some(last.id.clone());
        }
    }

    /// Drops a letter for good; whether there was such a letter.
    pub async fn discard(&self, id: &str) -> Result<bool, RedisError> {
        let drop = |_: &_| {
            let mut commands = pipe();
            commands.atomic();
            commands.cmd("XDEL").arg(&self.group_keys.dead).arg(id);
            commands.cmd("ZREM").arg(&self.group_keys.open).arg(id);
            commands.into()
        };
        let (dropped, _): (u64, u64) = self.redis.ask(Ask::PRIMARY, drop).await?;
        Ok(dropped == 1)
    }
}

fn letter(entry: Value) -> Option<DeadLetter> {
    let mut parts = list(entry).into_iter();
    let id = from_redis_value(parts.next()?).ok()?;
    let fields: std::collections::HashMap<String, Vec<u8>> =
        from_redis_value(parts.next()?).ok()?;
    let text = |name: &str| String::from_utf8(fields.get(name)?.clone()).ok();
    let died_ms: i64 = text("t")?.parse().ok()?;
    Some(DeadLetter {
        id,
        position: Position::new(text("n")?.parse().ok()?),
        event: Uuid::from_slice(fields.get("e")?).ok()?,
        payload: fields.get("p")?.clone(),
        reason: text("r")?,
        attempts: text("a")?.parse().ok()?,
        died_at: Timestamp::from_micros(died_ms.saturating_mul(1_000)),
    })
}
