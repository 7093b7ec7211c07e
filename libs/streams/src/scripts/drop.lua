-- Drops a stream that still ends where the caller believes.
-- KEYS: stream, from. ARGV: where it ends.
local info = redis.pcall('XINFO', 'STREAM', KEYS[1])
if info.err then return 0 end
for i = 1, #info, 2 do
  if info[i] == 'last-generated-id' and string.match(info[i + 1], '^%d+') == ARGV[1] then
    return redis.call('DEL', KEYS[1], KEYS[2])
  end
end
return 0
