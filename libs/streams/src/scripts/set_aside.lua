-- Moves a message to the dead letters, if it is still the caller's. Its position stays open until it was handled.
-- KEYS: stream, dead, open. ARGV: group, consumer, id, attempt, position, event, payload, reason, when.
local held = redis.pcall('XPENDING', KEYS[1], ARGV[1], ARGV[3], ARGV[3], 1, ARGV[2])
if held.err or #held ~= 1 or held[1][4] ~= tonumber(ARGV[4]) then return 0 end
for _, before in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], ARGV[5], ARGV[5])) do
  redis.call('ZREM', KEYS[3], before)
  if string.find(before, '^%d+%-%d+$') then redis.call('XDEL', KEYS[2], before) end
end
local id = redis.call('XADD', KEYS[2], '*', 'n', ARGV[5], 'e', ARGV[6], 'p', ARGV[7], 'r', ARGV[8], 'a', ARGV[4], 't', ARGV[9])
redis.call('ZADD', KEYS[3], ARGV[5], id)
redis.call('XACK', KEYS[1], ARGV[1], ARGV[3])
return 1
