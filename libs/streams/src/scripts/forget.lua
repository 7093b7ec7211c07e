-- Forgets consumers of a group that hold nothing and were not heard of for long.
-- KEYS: stream. ARGV: group, milliseconds.
local consumers = redis.pcall('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])
if consumers.err then return 0 end
local forgotten = 0
for _, it in ipairs(consumers) do
  local consumer = {}
  for i = 1, #it, 2 do consumer[it[i]] = it[i + 1] end
  if consumer.pending == 0 and consumer.idle >= tonumber(ARGV[2]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer.name)
    forgotten = forgotten + 1
  end
end
return forgotten
