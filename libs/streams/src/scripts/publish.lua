-- Adds messages behind the last one that the stream has, or nothing; says where the stream ends and how many were added.
-- KEYS: stream, from. ARGV: where the caller believes it ends, where it is to begin (or nothing), then position, event
-- and payload of each message.
local info = redis.pcall('XINFO', 'STREAM', KEYS[1])
local last = '0-0'
if not info.err then
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then last = info[i + 1] end
  end
elseif not string.find(info.err, 'no such key', 1, true) then
  return info
end
local ends = string.match(last, '^%d+')
if ends ~= ARGV[1] then return { ends, 0 } end
if ARGV[2] ~= '' and #ARGV > 2 then redis.call('SET', KEYS[2], ARGV[2]) end
local added = 0
for i = 3, #ARGV, 3 do
  ends, added = ARGV[i], added + 1
  redis.call('XADD', KEYS[1], ends .. '-0', 'e', ARGV[i + 1], 'p', ARGV[i + 2])
end
return { ends, added }
