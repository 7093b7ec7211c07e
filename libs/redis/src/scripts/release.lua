-- Gives a lease back, if it is the caller's.
-- KEYS: lease, fence, when this history of Redis began. ARGV: milliseconds, seconds to remember that, token.
if redis.call('GET', KEYS[1]) ~= ARGV[3] then return 0 end
return redis.call('DEL', KEYS[1])
