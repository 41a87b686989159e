-- needs: group
-- A talk goes back to a queue (transfer to a skill), its caller with his old time. assignment now json skill language boost why refuse_ms -> {'ok', assignment} {'wrong', state} {'unknown'}
local id, now = ARGV[1], tonumber(ARGV[2])
local got = call('HMGET', P .. 'a:' .. id, 's', 'r', 'o', 'm', 'contact')
if not got[1] then return {'unknown'} end
local request = P .. 'r:' .. got[2]
-- Asked twice, after a broken line.
if got[1] == 'wrap_up' and call('HGET', request, 's') == 'waiting' then return {'ok', assignment_json(id)} end
if (got[1] ~= 'connected' and got[1] ~= 'held') or call('HGET', request, 'a') ~= id then return {'wrong', got[1]} end
enter_state(id, 'wrap_up', now, ARGV[7])
if got[4] == 'call' and call('HGET', P .. 'o:' .. got[3], 'status') == 'ready' then
  call('HSET', P .. 'o:' .. got[3], 'status', 'wrap_up', 'reason', '', 'since', now)
end
local json = assignment_changed(id, now, got[5])
call('SADD', P .. 'queues', got[4] .. ':' .. ARGV[4] .. ':' .. ARGV[5])
call('HSET', request, 'j', ARGV[3], 'skill', ARGV[4], 'language', ARGV[5], 'boost', ARGV[6], 'rank', tonumber(call('HGET', request, 'since')) - tonumber(ARGV[6]),
  'q', got[4] .. ':' .. ARGV[4] .. ':' .. ARGV[5])
if tonumber(ARGV[8]) > 0 then
  local refused = cjson.decode(call('HGET', request, 'f'))
  refused[got[3]] = now + tonumber(ARGV[8])
  call('HSET', request, 'f', cjson.encode(refused))
end
if ARGV[7] == 'transferred' then call('HINCRBY', request, 'transfers', 1) end
queue_in(got[2], now)
return {'ok', json}
