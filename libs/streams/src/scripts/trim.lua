-- Drops what every group has applied, durably and by the stream's own account. A group that is missing drops nothing.
-- KEYS: stream, from. ARGV: the position up to which all have applied durably, then every group.
local groups = redis.pcall('XINFO', 'GROUPS', KEYS[1])
if groups.err then return 0 end
local upto, there = tonumber(ARGV[1]), {}
for _, it in ipairs(groups) do
  local group = {}
  for i = 1, #it, 2 do group[it[i]] = it[i + 1] end
  there[group.name] = true
  upto = math.min(upto, tonumber(string.match(group['last-delivered-id'], '^%d+')))
  local pending = redis.call('XPENDING', KEYS[1], group.name)
  if pending[1] > 0 then upto = math.min(upto, tonumber(string.match(pending[2], '^%d+')) - 1) end
end
for i = 2, #ARGV do
  if not there[ARGV[i]] then return 0 end
end
if upto <= tonumber(redis.call('GET', KEYS[2]) or '0') then return 0 end
redis.call('SET', KEYS[2], string.format('%.0f', upto))
-- Not the position itself: dead letters that were sent again stand behind the last message under its position.
return redis.call('XTRIM', KEYS[1], 'MINID', '~', string.format('%.0f-0', upto))
