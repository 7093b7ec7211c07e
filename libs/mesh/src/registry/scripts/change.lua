-- Holds, drains or ends a registration; 0 where it has ended.
-- KEYS: instances, until when. ARGV: what, lease, address, weight, milliseconds, version.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local entry = redis.call('HGET', KEYS[1], ARGV[3])
local ends = redis.call('ZSCORE', KEYS[2], ARGV[3])
if not entry or not ends or tonumber(ends) <= now then return 0 end
if string.match(entry, '^%d+') ~= ARGV[2] then return 0 end
if ARGV[1] == 'leave' then
  redis.call('HDEL', KEYS[1], ARGV[3])
  redis.call('ZREM', KEYS[2], ARGV[3])
elseif ARGV[1] == 'drain' then
  redis.call('HSET', KEYS[1], ARGV[3], ARGV[2] .. ' ' .. ARGV[4] .. ' 1 ' .. ARGV[6])
else
  redis.call('ZADD', KEYS[2], now + ARGV[5], ARGV[3])
end
return 1
