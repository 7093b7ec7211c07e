-- Decides whether a bucket and windows all have room for a request, and charges it to all of them if so.
-- KEYS: state, then the log of each window. ARGV: 1 the caller's moment; 2 by how much it may differ from the server's, or
-- -1; 3 whether to charge; 4 milliseconds for which keys outlive what they tell; 5 weight; 6 parts of a microsecond, or 0
-- without a bucket; 7, 8 room of the bucket and 9, 10 the weight to it, each in microseconds and parts; then of each window
-- room, length, entries, grain in nanoseconds. Moments are microseconds; no number reaches 2^53, so all of them are exact.
-- The state: moment of the last charge, moment of being full and its parts, then of each log entries, weight, first, last.
-- Answers: charged, moment, moment of being full and its parts, then of each window weight, last, what has to go first.
local now, skew, cost, parts = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[5]), tonumber(ARGV[6])
local windows, state = #KEYS - 1, {}

local function whole(number, by) return (number - math.fmod(number, by)) / by end

-- How many entries at the head of a log `goes` lets go, and the moment of the first that it does not.
local function walk(key, goes)
  local gone, step = 0, 8
  while true do
    local entries = redis.call('LRANGE', key, 2 * gone, 2 * (gone + step) - 1)
    for place = 1, #entries, 2 do
      local at = tonumber(entries[place])
      if not goes(at, tonumber(entries[place + 1])) then return gone, at end
      gone = gone + 1
    end
    if #entries < 2 * step then return gone, 0 end
    step = 64
  end
end

-- Makes the entries of each grain one, at the last of their moments. A grain is named by whole lengths of it in microseconds
-- and what is left: the moment in nanoseconds would not be exact.
local function join(key, grain)
  local entries, joined, last, lot, part = redis.call('LRANGE', key, 0, -1), {}, 0, -1, -1
  for place = 1, #entries, 2 do
    local rest = math.fmod(tonumber(entries[place]), grain)
    local one, other = whole(tonumber(entries[place]), grain), whole(rest * 1000, grain)
    if one == lot and other == part then
      joined[last - 1], joined[last] = entries[place], joined[last] + tonumber(entries[place + 1])
    else
      joined[last + 1], joined[last + 2] = entries[place], tonumber(entries[place + 1])
      last, lot, part = last + 2, one, other
    end
  end
  redis.call('DEL', key)
  for place = 1, last, 200 do
    redis.call('RPUSH', key, unpack(joined, place, math.min(place + 199, last)))
  end
  return last / 2, tonumber(joined[1])
end

if skew >= 0 then
  local time = redis.call('TIME')
  local here = time[1] * 1000000 + time[2]
  now = math.max(here - skew, math.min(here + skew, now))
end
for number in string.gmatch(redis.call('GET', KEYS[1]) or '', '%d+') do state[#state + 1] = tonumber(number) end
-- Nobody's clock can have been right that was so far ahead.
if skew >= 0 and (state[1] or 0) - now > 4 * skew then state = {} end
now = math.max(now, state[1] or 0)
local full, part = state[2] or 0, math.min(state[3] or 0, math.max(parts - 1, 0))
if full < now then full, part = now, 0 end

local logs, trimmed, room = {}, false, true
for place = 1, windows do
  local key, at, first = KEYS[place + 1], 4 * place, 4 * place + 7
  local log = {
    key = key, count = state[at] or 0, used = state[at + 1] or 0, first = state[at + 2] or 0, last = state[at + 3] or 0,
    room = tonumber(ARGV[first]), length = tonumber(ARGV[first + 1]), frees = 0,
    most = tonumber(ARGV[first + 2]), grain = tonumber(ARGV[first + 3]),
  }
  logs[place] = log
  -- Nothing of it counts any more; or it was evicted, or its state was.
  if log.last + log.length <= now or redis.call('LLEN', key) ~= 2 * log.count then
    log.count, log.used, log.first, log.last = 0, 0, 0, 0
  elseif log.first + log.length <= now then
    local gone
    gone, log.first = walk(key, function(moment, weight)
      if moment + log.length > now then return false end
      log.used = log.used - weight
      return true
    end)
    redis.call('LTRIM', key, 2 * gone, -1)
    log.count, trimmed = log.count - gone, true
  end
  local over = log.used + cost - log.room
  if over > 0 then
    room = false
    local _
    _, log.frees = walk(key, function(_, weight)
      over = over - weight
      return over > 0
    end)
  end
end

local ahead, over = full - now + tonumber(ARGV[9]), part + tonumber(ARGV[10])
if over >= parts then ahead, over = ahead + 1, over - parts end
local most = tonumber(ARGV[7])
if parts > 0 and (ahead > most or (ahead == most and over > tonumber(ARGV[8]))) then room = false end

local charged = room and ARGV[3] == '1'
if charged and parts > 0 then full, part = now + ahead, over end
if (charged and cost > 0) or trimmed then
  local told, idle = { string.format('%.0f %.0f %.0f', now, full, part) }, full + 1
  for place, log in ipairs(logs) do
    if charged and cost > 0 then
      if log.count == 0 then redis.call('DEL', log.key) end
      if log.count >= log.most then log.count, log.first = join(log.key, log.grain) end
      redis.call('RPUSH', log.key, now, cost)
      log.count, log.used, log.last = log.count + 1, log.used + cost, now
      if log.count == 1 then log.first = now end
    end
    told[place + 1] = string.format('%.0f %.0f %.0f %.0f', log.count, log.used, log.first, log.last)
    idle = math.max(idle, log.last + log.length)
  end
  local lives = math.ceil((idle - now) / 1000) + tonumber(ARGV[4])
  redis.call('SET', KEYS[1], table.concat(told, ' '), 'PX', lives)
  for _, log in ipairs(logs) do redis.call('PEXPIRE', log.key, lives) end
end

local answer = { charged and 1 or 0, now, full, part }
for _, log in ipairs(logs) do
  answer[#answer + 1] = log.used
  answer[#answer + 1] = log.last
  answer[#answer + 1] = log.frees
end
return answer
