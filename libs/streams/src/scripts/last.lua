-- The event of the message at a position; nothing where the stream has none there any more.
-- KEYS: stream. ARGV: position.
local found = redis.call('XRANGE', KEYS[1], ARGV[1] .. '-0', ARGV[1] .. '-0')
if #found == 0 then return false end
local fields = found[1][2]
for i = 1, #fields, 2 do
  if fields[i] == 'e' then return fields[i + 1] end
end
return false
