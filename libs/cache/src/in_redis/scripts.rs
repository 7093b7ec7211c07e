//! What Redis does in one step: the rule of the stamps (`stamps.rs`), as scripts.
//!
//! Four keys hold what there is to know of a lineage, none of them with a time to live, so that none is ever evicted:
//! `numbers` the first number and the latest, `stamps` a number of 64 bits for each slot and one more for the latest flush,
//! `flushes` the patterns of the last flushes, `said` which numbers the last 1,024 invalidations had and which slots they stamped,
//! the latest first. Numbers are the server's microseconds, each above the one before: a lineage that lost all it had goes on
//! above what it had given out, from another first one.

use std::sync::LazyLock;

use redis::Script;

/// `next(numbers)` gives a new number; `digits(n)` writes one.
const NUMBERS: &str = r"
local function digits(n) return string.format('%016.0f', n) end
local function next(numbers)
  local time = redis.call('TIME')
  local n = time[1] * 1000000 + time[2]
  local had = redis.call('GET', numbers)
  local first = digits(n)
  if had then
    local last = tonumber(string.sub(had, 17))
    if n <= last then n = last + 1 end
    first = string.sub(had, 1, 16)
  end
  redis.call('SET', numbers, first .. digits(n))
  return n
end
";

/// `stamp(stamps, said, n, slots)` gives the slots the number.
const STAMP: &str = r"
local function say(said, n, what)
  redis.call('LPUSH', said, digits(n) .. what)
  redis.call('LTRIM', said, 0, 1023)
end
local function stamp(stamps, said, n, slots)
  for _, slot in ipairs(slots) do redis.call('BITFIELD', stamps, 'SET', 'i64', '#' .. slot, digits(n)) end
  say(said, n, table.concat(slots, ' '))
end
";

fn script(parts: &[&str]) -> Script {
    Script::new(&parts.concat())
}

/// The latest number. KEYS numbers.
pub(super) static MARK: LazyLock<Script> = LazyLock::new(|| {
    script(&[
        NUMBERS,
        r"
local had = redis.call('GET', KEYS[1])
if had then return string.sub(had, 17) end
return digits(next(KEYS[1]))",
    ])
});

/// Stamps slots, deletes keys and says so. KEYS numbers, stamps, said, keys; ARGV channel, message, slots. Answers the
/// number, and how many keys there were.
pub(super) static INVALIDATE: LazyLock<Script> = LazyLock::new(|| {
    script(&[
        NUMBERS,
        STAMP,
        r"
local n = next(KEYS[1])
stamp(KEYS[2], KEYS[3], n, {unpack(ARGV, 3)})
local count = 0
for i = 4, #KEYS do count = count + redis.call('UNLINK', KEYS[i]) end
redis.call('PUBLISH', ARGV[1], ARGV[2])
return {digits(n), count}",
    ])
});

/// Remembers a flush and says so. KEYS numbers, stamps, said, flushes; ARGV channel, message, the slot of flushes, patterns.
pub(super) static FLUSH: LazyLock<Script> = LazyLock::new(|| {
    script(&[
        NUMBERS,
        STAMP,
        r"
local n = next(KEYS[1])
stamp(KEYS[2], KEYS[3], n, {ARGV[3]})
for i = 4, #ARGV do redis.call('LPUSH', KEYS[4], digits(n) .. ARGV[i]) end
redis.call('LTRIM', KEYS[4], 0, 63)
redis.call('PUBLISH', ARGV[1], ARGV[2])
return digits(n)",
    ])
});

/// Keeps what was given or written: stamps its key, and says so. KEYS numbers, stamps, said, key; ARGV channel, message,
/// `given` or the mark since which nobody else may have stamped it, milliseconds to live, what stands before the numbers,
/// what after, slots with the key's own first. Answers 1 when it is kept.
pub(super) static SET: LazyLock<Script> = LazyLock::new(|| {
    script(&[
        NUMBERS,
        STAMP,
        r"
local before = redis.call('BITFIELD_RO', KEYS[2], 'GET', 'i64', '#' .. ARGV[7])[1]
local own = next(KEYS[1])
stamp(KEYS[2], KEYS[3], own, {ARGV[7]})
redis.call('PUBLISH', ARGV[1], ARGV[2])
local as_of = own
if ARGV[3] ~= 'given' then
  as_of = tonumber(ARGV[3])
  if before ~= as_of then
    redis.call('UNLINK', KEYS[4])
    return 0
  end
end
for i = 8, #ARGV do
  if redis.call('BITFIELD_RO', KEYS[2], 'GET', 'i64', '#' .. ARGV[i])[1] > as_of then return 0 end
end
redis.call('SET', KEYS[4], ARGV[5] .. digits(as_of) .. digits(own) .. ARGV[6], 'PX', ARGV[4])
return 1",
    ])
});

/// What was invalidated after a number. KEYS numbers, stamps, said, flushes; ARGV the first number that is known and the
/// latest. Answers the numbers; what was said since, or, where that is no longer known, nothing and the stamps themselves;
/// the flushes.
pub(super) static CATCH_UP: LazyLock<Script> = LazyLock::new(|| {
    script(&[
        NUMBERS,
        r"
if redis.call('EXISTS', KEYS[1]) == 0 then next(KEYS[1]) end
local numbers = redis.call('GET', KEYS[1])
local flushes = redis.call('LRANGE', KEYS[4], 0, -1)
if string.sub(numbers, 1, 16) == ARGV[1] then
  local since, at, part = {}, 0, nil
  repeat
    part = redis.call('LRANGE', KEYS[3], at, at + 31)
    for _, it in ipairs(part) do
      -- Only a list that reaches back to what is known has lost nothing since.
      if string.sub(it, 1, 16) <= ARGV[2] then return {numbers, since, false, flushes} end
      since[#since + 1] = it
    end
    at = at + 32
  until #part < 32
end
return {numbers, false, redis.call('GET', KEYS[2]) or '', flushes}",
    ])
});

/// `holds(entry, stamps, slots)`: whether no name of an entry is stamped above what it is as of.
const HOLDS: &str = r"
local function holds(entry, stamps, slots)
  local ask = {}
  for i = 1, string.byte(entry, 3) do
    local at = 51 + 8 * i
    local high, middle, low = string.byte(entry, at - 2, at)
    ask[#ask + 1] = 'GET'; ask[#ask + 1] = 'i64'
    ask[#ask + 1] = '#' .. (high * 65536 + middle * 256 + low) % slots
  end
  local found = redis.call('BITFIELD_RO', stamps, unpack(ask))
  local as_of, own = tonumber(string.sub(entry, 4, 19)), tonumber(string.sub(entry, 20, 35))
  for i, stamp in ipairs(found) do
    if stamp > (i == 1 and own or as_of) then return false end
  end
  return true
end
";

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
