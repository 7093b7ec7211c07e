-- Takes messages that lay still for long enough: those of consumers that are gone, and those whose pause is over. A
-- stream that lacks one of them is dropped in the same step, before anybody takes it for acknowledged.
-- KEYS: stream, from. ARGV: group, consumer, milliseconds, cursor, how many at most.
local got = redis.call('XAUTOCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4], 'COUNT', ARGV[5])
if #got[3] > 0 then
  redis.call('DEL', KEYS[1], KEYS[2])
  return { 'dropped', {} }
end
local taken = {}
for i, entry in ipairs(got[2]) do
  local held = redis.call('XPENDING', KEYS[1], ARGV[1], entry[1], entry[1], 1)
  taken[i] = { entry[1], held[1][4], entry[2] }
end
return { got[1], taken }
