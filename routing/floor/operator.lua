-- needs: group
-- An operator is kept, or removed. id now json active call chat mail beside_chat beside_mail -> 1; id now '' -> 1 0 'busy'
local id, now, json = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local key = P .. 'o:' .. id
if json == '' then
  if call('SCARD', P .. 'l:' .. id) > 0 then return 'busy' end
  local known = call('HDEL', P .. 'operators', id)
  call('DEL', key)
  if known == 1 then emit('operator.changed', now, '{"operator":null,"removed":' .. cjson.encode(id) .. '}') end
  return known
end
local same = call('HGET', P .. 'operators', id) == json
call('HSET', P .. 'operators', id, json)
call('HSET', key, 'active', ARGV[4], 'c.call', ARGV[5], 'c.chat', ARGV[6], 'c.mail', ARGV[7], 'b.chat', ARGV[8], 'b.mail', ARGV[9])
if call('HSETNX', key, 'status', 'offline') == 1 then
  call('HSET', key, 'reason', '', 'since', now, 'idle', now, 'call', 0, 'chat', 0, 'mail', 0, 'seen', 0)
end
if not same then emit('operator.changed', now, '{"operator":' .. json .. '}') end
return 1
