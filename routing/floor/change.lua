-- needs: group
-- A request is told anew (a callback, a summary, another skill): id now json skill language boost customer topic contact -> request | false
local id, now = ARGV[1], tonumber(ARGV[2])
local key = P .. 'r:' .. id
local got = call('HMGET', key, 's', 'q', 'm', 'since', 'contact')
if not got[1] or got[1] == 'over' then return false end
local queue = got[3] .. ':' .. ARGV[4] .. ':' .. ARGV[5]
local rank = tonumber(got[4]) - tonumber(ARGV[6])
call('SADD', P .. 'queues', queue)
call('HSET', key, 'j', ARGV[3], 'skill', ARGV[4], 'language', ARGV[5], 'boost', ARGV[6], 'rank', rank, 'q', queue, 'customer', ARGV[7], 'topic', ARGV[8])
if got[1] == 'waiting' then
  call('ZREM', P .. 'q:' .. got[2], id)
  call('ZADD', P .. 'q:' .. queue, rank, id)
  call('ZADD', P .. 'waiting', rank, id)
end
local json = request_json(id)
emit('request.changed', now, '{"request":' .. json .. '}', got[5])
return json
