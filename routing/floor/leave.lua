-- needs: group
-- Somebody waits no longer. id now why keep_ms -> {'left'} {'with', assignment, state} {'unknown'}
local id, now, why, keep_ms = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
local got = call('HMGET', P .. 'r:' .. id, 's', 'a')
if not got[1] then return {'unknown'} end
if got[1] == 'offered' or got[1] == 'with' then return {'with', got[2], call('HGET', P .. 'a:' .. got[2], 's') or ''} end
if got[1] == 'waiting' then
  queue_out(id)
  over(id, now, why, keep_ms)
end
return {'left'}
