-- How far a group is; nothing where there is no such group.
-- KEYS: stream, dead, open. ARGV: group.
local groups = redis.pcall('XINFO', 'GROUPS', KEYS[1])
if groups.err then return false end
for _, it in ipairs(groups) do
  local group = {}
  for i = 1, #it, 2 do group[it[i]] = it[i + 1] end
  if group.name == ARGV[1] then
    local info, stream = redis.call('XINFO', 'STREAM', KEYS[1]), {}
    for i = 1, #info, 2 do stream[info[i]] = info[i + 1] end
    local applied = tonumber(string.match(group['last-delivered-id'], '^%d+'))
    local pending = redis.call('XPENDING', KEYS[1], ARGV[1])
    if pending[1] > 0 then applied = math.min(applied, tonumber(string.match(pending[2], '^%d+')) - 1) end
    local open = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')
    if open[2] then applied = math.min(applied, tonumber(open[2]) - 1) end
    return {
      math.max(applied, 0), tonumber(string.match(stream['last-generated-id'], '^%d+')), pending[1],
      redis.call('XLEN', KEYS[2]), stream.length, group.consumers, group.lag,
    }
  end
end
return false
