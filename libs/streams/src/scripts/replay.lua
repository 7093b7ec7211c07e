-- Sends a dead letter to its group again. It stands behind the last message, under the same position as that one, and
-- names the group and the position that it had.
-- KEYS: stream, dead, open. ARGV: group, id.
local letter = redis.call('XRANGE', KEYS[2], ARGV[2], ARGV[2])[1]
if not letter then return 0 end
local info = redis.call('XINFO', 'STREAM', KEYS[1])
local ends = '0'
for i = 1, #info, 2 do
  if info[i] == 'last-generated-id' then ends = string.match(info[i + 1], '^%d+') end
end
local fields = {}
for i = 1, #letter[2], 2 do fields[letter[2][i]] = letter[2][i + 1] end
redis.call('XADD', KEYS[1], ends .. '-*', 'e', fields.e, 'p', fields.p, 'n', fields.n, 'g', ARGV[1])
redis.call('XDEL', KEYS[2], ARGV[2])
redis.call('ZREM', KEYS[3], ARGV[2])
redis.call('ZADD', KEYS[3], fields.n, 'again ' .. fields.n)
return 1
