-- Holds a lease for another while; 1 where that could be done.
-- KEYS: lease, fence, when this history of Redis began. ARGV: milliseconds, seconds to remember that, token, fence.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
redis.call('SET', KEYS[3], string.format('%.0f', now), 'NX')
redis.call('EXPIRE', KEYS[3], ARGV[2])
local held = redis.call('GET', KEYS[1])
if held == ARGV[3] then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  return 1
end
if held then return 0 end
-- It has run out, or this history lacks it. In the beginning, when nobody else can have got it, it is found back.
if now - tonumber(redis.call('GET', KEYS[3])) >= ARGV[1] * 1000 then return 0 end
local last = tonumber(redis.call('GET', KEYS[2]) or '0')
if last > tonumber(ARGV[4]) then return 0 end
redis.call('SET', KEYS[2], ARGV[4])
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[1])
return 1
