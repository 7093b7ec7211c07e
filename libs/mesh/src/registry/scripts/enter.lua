-- Registers an instance, in the place of what it was.
-- KEYS: instances, until when, since when. ARGV: most, lease, address, weight, milliseconds, version.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('SET', KEYS[3], now, 'NX')
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now)) do
  redis.call('ZREM', KEYS[2], gone)
  redis.call('HDEL', KEYS[1], gone)
end
local is_known = redis.call('HEXISTS', KEYS[1], ARGV[3]) == 1
if not is_known and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[3], ARGV[2] .. ' ' .. ARGV[4] .. ' 0 ' .. ARGV[6])
redis.call('ZADD', KEYS[2], now + ARGV[5], ARGV[3])
return 1
