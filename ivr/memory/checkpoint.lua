-- A matter as it stands after a turn: compare and set by version and mark; its ledger keeps every answer whoever was first.
-- id base_version base_mark version mark header state score due addresses address... line...
-- -> {1} written (or it was already), {0, {v, n, h, s}, ledger} another one was first
local call = redis.call
local id, key, ledger = ARGV[1], 'm' .. ARGV[1], 'a' .. ARGV[1]
local addresses = tonumber(ARGV[10])
local have = call('HMGET', key, 'v', 'n')

-- The same write again: a retry after a time-out, or the journal.
local again = have[1] == ARGV[4] and have[2] == ARGV[5]
local fits = again or (not have[1] and ARGV[2] == '0') or (have[1] == ARGV[2] and have[2] == ARGV[3])

-- Forgotten meanwhile, and it stays forgotten.
if not have[1] and ARGV[2] ~= '0' then return {0, {false, false, false, false}, {}} end

-- A line comes without its end: what was answered by somebody who was outrun is marked late.
for l = 11 + addresses, #ARGV do
  local plain, late = ARGV[l] .. ']', ARGV[l] .. ',1]'
  if not call('LPOS', ledger, plain) and not call('LPOS', ledger, late) then
    call('RPUSH', ledger, fits and plain or late)
  end
end
if not fits then
  return {0, call('HMGET', key, 'v', 'n', 'h', 's'), call('LRANGE', ledger, 0, -1)}
end
if not again then
  call('HSET', key, 'v', ARGV[4], 'n', ARGV[5], 'h', ARGV[6], 's', ARGV[7])
  for a = 11, 10 + addresses do call('ZADD', 'o' .. ARGV[a], ARGV[8], id) end
  call('ZADD', 'x', ARGV[9], id)
end
return {1}
