//! What Redis does in one step: the rule of the stamps (`stamps.rs`), as scripts.
//!
//! Four keys hold what there is to know of a lineage, none of them with a time to live, so that none is ever evicted:
//! `meta` the latest number and the first, `stamps` a number of 64 bits for each slot and one more for the latest flush,
//! `flushes` the patterns of the last flushes. Numbers are the server's microseconds, each above the one before: a lineage
//! that lost all it had goes on above what it had given out.

use std::sync::LazyLock;

use redis::Script;

/// `next(meta)` gives a new number; `digits(n)` writes one.
const NUMBERS: &str = r"
local function digits(n) return string.format('%016.0f', n) end
local function next(meta)
  local time = redis.call('TIME')
  local n = time[1] * 1000000 + time[2]
  local last = tonumber(redis.call('HGET', meta, 'latest') or 0)
  if n <= last then n = last + 1 end
  if last == 0 then redis.call('HSET', meta, 'first', digits(n)) end
  redis.call('HSET', meta, 'latest', digits(n))
  return n
end
";

/// `stamp(stamps, n, from)` gives the slots in ARGV from there on the number.
const STAMP: &str = r"
local function stamp(stamps, n, from)
  for i = from, #ARGV do redis.call('BITFIELD', stamps, 'SET', 'i64', '#' .. ARGV[i], digits(n)) end
end
";

fn script(parts: &[&str]) -> Script {
    Script::new(&parts.concat())
}

/// The latest number. KEYS meta.
pub(super) static MARK: LazyLock<Script> = LazyLock::new(|| {
    script(&[
        NUMBERS,
        "return redis.call('HGET', KEYS[1], 'latest') or digits(next(KEYS[1]))",
    ])
});

/// Stamps slots, deletes keys and says so. KEYS meta, stamps, keys; ARGV channel, message, slots. Answers the number, and
/// how many keys there were.
pub(super) static INVALIDATE: LazyLock<Script> = LazyLock::new(|| {
    script(&[
        NUMBERS,
        STAMP,
        r"
local n = next(KEYS[1])
stamp(KEYS[2], n, 3)
local count = 0
for i = 3, #KEYS do count = count + redis.call('UNLINK', KEYS[i]) end
redis.call('PUBLISH', ARGV[1], ARGV[2])
return {digits(n), count}",
    ])
});

/// Remembers a flush and says so. KEYS meta, stamps, flushes; ARGV channel, message, the slot of flushes, patterns.
pub(super) static FLUSH: LazyLock<Script> = LazyLock::new(|| {
    script(&[
        NUMBERS,
        r"
local n = next(KEYS[1])
redis.call('BITFIELD', KEYS[2], 'SET', 'i64', '#' .. ARGV[3], digits(n))
for i = 4, #ARGV do redis.call('LPUSH', KEYS[3], digits(n) .. ARGV[i]) end
redis.call('LTRIM', KEYS[3], 0, 63)
redis.call('PUBLISH', ARGV[1], ARGV[2])
return digits(n)",
    ])
});

/// Keeps an entry. KEYS meta, stamps, key; ARGV channel, message, origin, mark, milliseconds to live, what stands before the
/// numbers, what after, slots with the key's own first. Answers 1 when it is kept.
pub(super) static SET: LazyLock<Script> = LazyLock::new(|| {
    script(&[
        NUMBERS,
        r"
local origin, mark, own = ARGV[3], tonumber(ARGV[4]), nil
if origin == 'loaded' then
  local first = tonumber(redis.call('HGET', KEYS[1], 'first') or next(KEYS[1]))
  if mark < first then return 0 end
  own = mark
else
  local before = redis.call('BITFIELD', KEYS[2], 'GET', 'i64', '#' .. ARGV[8])[1]
  own = next(KEYS[1])
  redis.call('BITFIELD', KEYS[2], 'SET', 'i64', '#' .. ARGV[8], digits(own))
  redis.call('PUBLISH', ARGV[1], ARGV[2])
  if origin == 'given' then mark = own end
  if origin == 'written' and before ~= mark then
    redis.call('UNLINK', KEYS[3])
    return 0
  end
end
local ask = {}
for i = 8, #ARGV do
  ask[#ask + 1] = 'GET'; ask[#ask + 1] = 'i64'; ask[#ask + 1] = '#' .. ARGV[i]
end
local stamps = redis.call('BITFIELD_RO', KEYS[2], unpack(ask))
for i, stamp in ipairs(stamps) do
  if stamp > (i == 1 and own or mark) then return 0 end
end
redis.call('SET', KEYS[3], ARGV[6] .. digits(mark) .. digits(own) .. ARGV[7], 'PX', ARGV[5])
return 1",
    ])
});

/// `holds(entry, stamps, slots)`: whether no name of an entry is stamped above what it is as of; and the number of the
/// latest flush.
const HOLDS: &str = r"
local function holds(entry, stamps, slots)
  local ask = {'GET', 'i64', '#' .. slots}
  for i = 1, string.byte(entry, 3) do
    local at = 51 + 8 * i
    local high, middle, low = string.byte(entry, at - 2, at)
    ask[#ask + 1] = 'GET'; ask[#ask + 1] = 'i64'
    ask[#ask + 1] = '#' .. (high * 65536 + middle * 256 + low) % slots
  end
  local found = redis.call('BITFIELD_RO', stamps, unpack(ask))
  local as_of, own = tonumber(string.sub(entry, 4, 19)), tonumber(string.sub(entry, 20, 35))
  for i = 2, #found do
    if found[i] > (i == 2 and own or as_of) then return false end
  end
  return true, found[1] > as_of
end
";

/// An entry that holds. KEYS key, stamps, flushes; ARGV slots. Answers the entry; with the flushes behind it, when there
/// were some that it must be compared with.
pub(super) static GET: LazyLock<Script> = LazyLock::new(|| {
    script(&[
        HOLDS,
        r"
local entry = redis.call('GET', KEYS[1])
if not entry then return false end
local held, flushed = holds(entry, KEYS[2], tonumber(ARGV[1]))
if not held then return false end
if not flushed then return entry end
local answer = redis.call('LRANGE', KEYS[3], 0, -1)
table.insert(answer, 1, entry)
return answer",
    ])
});

/// Puts an entry in the place of another, unless that has changed. KEYS key; ARGV the old one, the new one.
pub(super) static REPLACE: LazyLock<Script> = LazyLock::new(|| {
    script(&[r"
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1"])
});

/// Drops the entries that do not hold or have expired, and those that have less to live than ARGV 3 milliseconds. KEYS
/// stamps, keys; ARGV slots, the time in microseconds since 1970, milliseconds. Answers how many.
pub(super) static SWEEP: LazyLock<Script> = LazyLock::new(|| {
    script(&[
        HOLDS,
        r"
local dropped, slots, now, least = 0, tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
for i = 2, #KEYS do
  local entry = redis.call('GET', KEYS[i])
  if entry then
    local fresh, stale = struct.unpack('>I8I4', entry, 36)
    local over = fresh + 1000 * stale <= now or redis.call('PTTL', KEYS[i]) < least
    if over or not holds(entry, KEYS[1], slots) then
      dropped = dropped + redis.call('UNLINK', KEYS[i])
    end
  end
end
return dropped",
    ])
});
