-- Since when Redis has a registry, the time, both in milliseconds, and the instances that are registered.
-- KEYS: instances, until when, since when.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('SET', KEYS[3], now, 'NX')
local found = {}
for _, address in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. now, '+inf')) do
  found[#found + 1] = { address, redis.call('HGET', KEYS[1], address) }
end
return { tonumber(redis.call('GET', KEYS[3])), now, found }
