-- Makes a group that has applied everything up to a position. A stream that begins later is dropped first: it has to be
-- published again from there.
-- KEYS: stream, from. ARGV: group, position.
local groups = redis.pcall('XINFO', 'GROUPS', KEYS[1])
local said = 'made'
if not groups.err then
  for _, group in ipairs(groups) do
    if group[2] == ARGV[1] then return 'there' end
  end
  local info, last = redis.call('XINFO', 'STREAM', KEYS[1]), '0-0'
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then last = info[i + 1] end
  end
  local from = redis.call('GET', KEYS[2])
  if last ~= '0-0' and (not from or tonumber(from) > tonumber(ARGV[2])) then
    redis.call('DEL', KEYS[1], KEYS[2])
    said = 'anew'
  end
end
redis.call('XGROUP', 'CREATE', KEYS[1], ARGV[1], ARGV[2] .. '-0', 'MKSTREAM')
return said
