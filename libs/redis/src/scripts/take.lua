-- Takes a lease; its fencing number, or 0 where it cannot be had.
-- KEYS: lease, fence, when this history of Redis began. ARGV: milliseconds, seconds to remember that, token.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
redis.call('SET', KEYS[3], string.format('%.0f', now), 'NX')
redis.call('EXPIRE', KEYS[3], ARGV[2])
local held = redis.call('GET', KEYS[1])
if held then
  -- The answer to the first try was lost.
  if held == ARGV[3] then return tonumber(redis.call('GET', KEYS[2])) end
  return 0
end
-- Who held it in a history of which this one lacks the end has to find back, or to run out, before another may have it.
if now - tonumber(redis.call('GET', KEYS[3])) < ARGV[1] * 1000 then return 0 end
local fence = math.max(now, tonumber(redis.call('GET', KEYS[2]) or '0') + 1)
redis.call('SET', KEYS[2], string.format('%.0f', fence))
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[1])
return fence
