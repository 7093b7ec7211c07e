-- Lets a message lie until it can be taken over again, if it is still the caller's.
-- KEYS: stream. ARGV: group, consumer, id, attempt, milliseconds that it has lain still, attempts to count.
local held = redis.pcall('XPENDING', KEYS[1], ARGV[1], ARGV[3], ARGV[3], 1, ARGV[2])
if held.err or #held ~= 1 or held[1][4] ~= tonumber(ARGV[4]) then return 0 end
redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[3], 'IDLE', ARGV[5], 'RETRYCOUNT', ARGV[6], 'JUSTID')
return 1
