//! What a group is given.

use medcover_redis::redis::{Value, from_redis_value};
use medcover_store::Position;
use uuid::Uuid;

/// A message in the hands of a consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its place in the record.
    pub position: Position,
    /// What it is about.
    pub event: Uuid,
    /// What is told.
    pub payload: Vec<u8>,
    /// The how-manieth attempt it is since it was published, or sent again by a person; from 1.
    pub attempt: u32,
    pub(crate) id: String,
    /// The group that alone it is for, where a dead letter was sent again.
    pub(crate) again_for: Option<String>,
}

/// The entries of one stream that `XREADGROUP` answered.
pub(crate) fn read(answer: Value) -> Vec<Delivery> {
    let streams = match answer {
        Value::Map(streams) => streams.into_iter().map(|(_, entries)| entries).collect(),
        Value::Array(streams) => streams.into_iter().filter_map(second).collect(),
        _ => Vec::new(),
    };
    let entries = streams.into_iter().flat_map(list);
    let pairs = entries.filter_map(|entry| pair(list(entry)));
    pairs
        .filter_map(|(id, fields)| delivery(id, 1, fields))
        .collect()
}

/// The entries that were taken over, each with its number of deliveries.
pub(crate) fn taken(answer: Vec<Value>) -> Vec<Delivery> {
    let each = answer.into_iter().filter_map(|entry| {
        let mut parts = list(entry).into_iter();
        let (id, count, fields) = (parts.next()?, parts.next()?, parts.next()?);
        delivery(id, from_redis_value(count).ok()?, fields)
    });
    each.collect()
}

fn delivery(id: Value, attempt: u32, fields: Value) -> Option<Delivery> {
    let id: String = from_redis_value(id).ok()?;
    let (mut position, mut event, mut payload) = (id.split('-').next()?.parse().ok(), None, None);
    let mut again_for = None;
    let mut fields = list(fields).into_iter();
    while let (Some(name), Some(value)) = (fields.next(), fields.next()) {
        let (Value::BulkString(name), Value::BulkString(value)) = (name, value) else {
            return None;
        };
        match &*name {
            b"e" => event = Uuid::from_slice(&value).ok(),
            b"p" => payload = Some(value),
            b"n" => position = String::from_utf8(value).ok()?.parse().ok(),
            b"g" => again_for = String::from_utf8(value).ok(),
            _ => {}
        }
    }
    Some(Delivery {
        position: Position::new(position?),
        event: event?,
        payload: payload?,
        attempt,
        id,
        again_for,
    })
}

pub(crate) fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(list) => list,
        _ => Vec::new(),
    }
}

fn pair(list: Vec<Value>) -> Option<(Value, Value)> {
    let mut list = list.into_iter();
    Some((list.next()?, list.next()?))
}

fn second(value: Value) -> Option<Value> {
    pair(list(value)).map(|(_, second)| second)
}
