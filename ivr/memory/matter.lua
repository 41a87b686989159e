-- Matters by id, each with its ledger. id... -> {{id, {v, n, h, s}, ledger}...}
local found = {}
for a, id in ipairs(ARGV) do
  found[a] = {id, redis.call('HMGET', 'm' .. id, 'v', 'n', 'h', 's'), redis.call('LRANGE', 'a' .. id, 0, -1)}
end
return found
