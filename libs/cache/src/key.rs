//! Keys that know what they stand for, and how long it is kept.

use std::cell::Cell;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The longest key, in bytes. What has a longer one is loaded each time.
pub const MAX_KEY_BYTES: usize = 512;

/// A key: its name space, and a text of its own after that. The text begins with the tenant where the value is a tenant's,
/// and holds nothing secret: patterns and operators see it.
pub trait CacheKey: Send + Sync {
    /// What it stands for.
    type Value: CacheValue;
    /// The name space: `a` to `z` and `_`. Keys of two types never meet.
    const SPACE: &'static str;
    /// How its values are kept.
    const POLICY: Policy;

    /// Writes its text, part by part.
    fn write(&self, to: &mut KeyText<'_>);
}

/// The text of a key while it is written. Parts are appended as they are: by way of [`std::fmt`] that takes a fifth of a hit.
#[derive(Debug)]
pub struct KeyText<'a>(&'a mut String);

impl KeyText<'_> {
    /// Appends a text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.0.push_str(text);
        self
    }

    /// Appends a number in decimal digits.
    pub fn number(&mut self, number: u64) -> &mut Self {
        self.text(itoa::Buffer::new().format(number))
    }
}

/// `space:key`.
pub(crate) fn text_of<K: CacheKey>(key: &K) -> String {
    let mut text = String::with_capacity(64);
    append(key, &mut text);
    text
}

thread_local! {
    static TEXT: Cell<String> = const { Cell::new(String::new()) };
}

/// Looks at the text of a key, in memory that the thread keeps between keys.
pub(crate) fn with_text<K: CacheKey, R>(key: &K, look: impl FnOnce(&str) -> R) -> R {
    TEXT.with(|kept| {
        let mut text = kept.take();
        text.clear();
        append(key, &mut text);
        let found = look(&text);
        kept.set(text);
        found
    })
}

fn append<K: CacheKey>(key: &K, text: &mut String) {
    text.push_str(K::SPACE);
    text.push(':');
    key.write(&mut KeyText(text));
}

/// How values of one type are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How long a value is good.
    pub ttl: Duration,
    /// By up to how many per cent that is shortened, so that what was loaded at once does not expire at once.
    pub jitter_percent: u8,
    /// How eagerly a value is loaded anew before it expires, in per cent of what the time of its load suggests; 0 never.
    pub early_percent: u16,
    /// For how long after that a value is shown when loading it anew fails by no fault of the caller's.
    pub stale_if_error: Duration,
    /// How long it is kept that there is no value; zero not at all.
    pub absent_ttl: Duration,
    /// How long a load may take, so that one which hangs does not stop those who wait for it.
    pub load_within: Duration,
}

impl Policy {
    /// Good for `ttl`, shortened by up to a tenth; refreshed early; neither stale values nor absence are kept.
    pub const fn of(ttl: Duration) -> Self {
        Self {
            ttl,
            jitter_percent: 10,
            early_percent: 100,
            stale_if_error: Duration::ZERO,
            absent_ttl: Duration::ZERO,
            load_within: Duration::from_secs(10),
        }
    }

    /// Shows a value for so long after its time when it cannot be loaded anew.
    #[must_use]
    pub const fn stale_if_error(mut self, stale: Duration) -> Self {
        self.stale_if_error = stale;
        self
    }

    /// Keeps for so long that there is no value.
    #[must_use]
    pub const fn absent_for(mut self, ttl: Duration) -> Self {
        self.absent_ttl = ttl;
        self
    }
}

/// What can be kept: it has a form in bytes, in which it is weighed and may leave the process.
pub trait CacheValue: Sized + Send + Sync + 'static {
    /// What one byte of that form takes in memory, the value itself included.
    const BYTES_A_BYTE: usize;

    /// As bytes.
    fn encode(&self) -> Result<Bytes, CodecError>;

    /// From bytes that [`CacheValue::encode`] gave, of this or an earlier version of the program.
    fn decode(bytes: &Bytes) -> Result<Self, CodecError>;
}

/// Why a value has no form in bytes, or bytes are no value.
#[derive(Debug, thiserror::Error)]
#[error("a kept value cannot be read or written")]
pub struct CodecError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl CodecError {
    /// For that cause.
    pub fn of(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

impl CacheValue for Bytes {
    const BYTES_A_BYTE: usize = 1;

    fn encode(&self) -> Result<Bytes, CodecError> {
        Ok(self.clone())
    }

    fn decode(bytes: &Bytes) -> Result<Self, CodecError> {
        Ok(bytes.clone())
    }
}

/// A value that is JSON outside the process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T> std::ops::Deref for Json<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> CacheValue for Json<T> {
    // The text, and structs about twice its size.
    const BYTES_A_BYTE: usize = 3;

    fn encode(&self) -> Result<Bytes, CodecError> {
        let text = serde_json::to_vec(&self.0).map_err(CodecError::of)?;
        Ok(text.into())
    }

    fn decode(bytes: &Bytes) -> Result<Self, CodecError> {
        serde_json::from_slice(bytes)
            .map(Self)
            .map_err(CodecError::of)
    }
}
