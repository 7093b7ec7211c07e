//! How an entry lies in Redis: a head of fixed fields, the names, the content.
//!
//! ```text
//! 0     version     1 byte
//! 1     flags       1 byte: 1 there is a value, 2 it is compressed
//! 2     names       1 byte: how many, the key's own first
//! 3     as of       16 decimal digits
//! 19    own         16 decimal digits: what the key's own stamp may be
//! 35    fresh until 8 bytes, microseconds since 1970, big-endian, as the numbers below
//! 43    stale       4 bytes, milliseconds after that
//! 47    cost        4 bytes, microseconds
//! 51    names       8 bytes each
//! then  content
//! ```
//!
//! The scripts read and write the digits; they are digits because a script's numbers are.

use std::io::{Read as _, Write as _};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use medcover_kernel::{Clock, Timestamp};

use crate::entry::{KeptKey, Life};
use crate::stamps::Checked;
use crate::{Entry, Mark, Name, Put};

const VERSION: u8 = 1;
const VALUE: u8 = 1;
const COMPRESSED: u8 = 2;
/// The bytes before the two numbers, those of the two numbers, and all before the names.
pub(super) const BEFORE: usize = 3;
const NUMBERS: usize = 32;
const HEAD: usize = 51;
/// The most that a compressed content may become, so that a small one cannot fill the memory.
const MOST: u64 = 64 << 20;

/// An entry without its numbers: what stands before them and what after.
pub(super) struct Parts {
    pub(super) before: [u8; BEFORE],
    pub(super) after: Vec<u8>,
}

/// What `put` becomes. Content above `compress_above` bytes is compressed where that makes it smaller.
pub(super) fn write(put: &Put, names: &[Name], clock: &dyn Clock, compress_above: usize) -> Parts {
    let content = put.content.as_deref().unwrap_or_default();
    let compressed = (content.len() > compress_above).then(|| compress(content));
    let compressed = compressed.flatten().filter(|it| it.len() < content.len());
    let mut flags = 0;
    if put.content.is_some() {
        flags |= VALUE;
    }
    if compressed.is_some() {
        flags |= COMPRESSED;
    }
    let content = compressed.as_deref().unwrap_or(content);
    let fresh_until = clock.now().plus(put.fresh_for).as_micros();
    let count = u8::try_from(names.len()).unwrap_or(u8::MAX);
    let mut after = Vec::with_capacity(HEAD - BEFORE - NUMBERS + 8 * names.len() + content.len());
    after.extend_from_slice(&fresh_until.to_be_bytes());
    after.extend_from_slice(&millis(put.stale_for).to_be_bytes());
    after.extend_from_slice(&micros(put.cost).to_be_bytes());
    for name in names {
        after.extend_from_slice(&name.0.to_be_bytes());
    }
    after.extend_from_slice(content);
    Parts {
        before: [VERSION, flags, count],
        after,
    }
}

/// An entry of `parts` that is as of `number`, its own key's stamp included.
pub(super) fn join(parts: &Parts, number: u64) -> Vec<u8> {
    let mut entry = Vec::with_capacity(BEFORE + NUMBERS + parts.after.len());
    entry.extend_from_slice(&parts.before);
    let digits = format!("{number:016}");
    entry.extend_from_slice(digits.as_bytes());
    entry.extend_from_slice(digits.as_bytes());
    entry.extend_from_slice(&parts.after);
    entry
}

/// The entry that `bytes` are at the moment `now`, which is `elapsed` on the monotonic clock; `None` when they are none, such as
/// those of another version of the program.
pub(super) fn read(
    mut bytes: Bytes,
    of: impl Fn(u64) -> Mark,
    now: Timestamp,
    elapsed: Duration,
) -> Option<Entry> {
    let [version, flags, count] = *bytes.first_chunk::<BEFORE>()?;
    if version != VERSION {
        return None;
    }
    let digits = |at: usize| {
        let mut digits = bytes.get(at..at + 16)?.iter().copied();
        digits.try_fold(0, in_decimals)
    };
    let (as_of, own): (u64, u64) = (digits(BEFORE)?, digits(BEFORE + 16)?);
    let fresh_until = i64::from_be_bytes(*bytes.get(35..)?.first_chunk()?);
    let stale_ms = u32::from_be_bytes(*bytes.get(43..)?.first_chunk()?);
    let cost_us = u32::from_be_bytes(*bytes.get(47..)?.first_chunk()?);
    let end = HEAD + 8 * usize::from(count);
    let names = bytes.get(HEAD..end)?.as_chunks::<8>().0;
    let names: Arc<[Name]> = names
        .iter()
        .map(|it| Name(u64::from_be_bytes(*it)))
        .collect();
    bytes.advance(end);
    let content = match flags {
        0 => None,
        VALUE => Some(bytes),
        _ => Some(expand(&bytes)?),
    };
    let fresh_until = Timestamp::from_micros(fresh_until);
    let (left, past) = (fresh_until.since(now), now.since(fresh_until));
    let stale = Duration::from_millis(stale_ms.into()).saturating_sub(past);
    Some(Entry {
        key: KeptKey::new(),
        life: Life::from(elapsed, left, stale, Duration::from_micros(cost_us.into())),
        live: OnceLock::new(),
        checked: Checked::default(),
        as_of: of(as_of),
        own: of(own),
        names,
        content,
        weight: 0,
    })
}

/// A number with a further digit; sixteen of them always fit.
fn in_decimals(number: u64, digit: u8) -> Option<u64> {
    let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'));
    digit.map(|digit| number * 10 + digit)
}

/// The entry `old`, which has so many names, with `names` in their place.
pub(super) fn with_names(old: &[u8], had: usize, names: &[Name]) -> Vec<u8> {
    let mut new = Vec::with_capacity(old.len() + 8 * names.len());
    new.extend_from_slice(&old[..HEAD]);
    new[2] = u8::try_from(names.len()).unwrap_or(u8::MAX);
    for name in names {
        new.extend_from_slice(&name.0.to_be_bytes());
    }
    new.extend_from_slice(&old[HEAD + 8 * had..]);
    new
}

fn compress(content: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).ok()?;
    encoder.finish().ok()
}

fn expand(content: &[u8]) -> Option<Bytes> {
    let mut expanded = Vec::new();
    let mut decoder = GzDecoder::new(content).take(MOST);
    decoder.read_to_end(&mut expanded).ok()?;
    Some(expanded.into())
}

fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

fn micros(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)
}
