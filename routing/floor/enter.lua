-- needs: group
-- Somebody begins to wait; once by his id. A place that is kept for him gives him its time back.
-- id now json medium skill language boost since contact customer topic day_ms matter key... -> the request as JSON
local id, now, json, medium, skill, language = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local boost, since, contact, customer, topic, hold_ms = tonumber(ARGV[7]), tonumber(ARGV[8]), ARGV[9], ARGV[10], ARGV[11], ARGV[12]
local key = P .. 'r:' .. id
if call('EXISTS', key) == 1 then return request_json(id) end

local keys = {}
for k = 14, #ARGV do
  local place = P .. 'k:' .. ARGV[k]
  keys[#keys + 1] = ARGV[k]
  local holder = call('GET', place)
  if holder then
    local time, other = string.match(holder, '^(%d+) (.*)$')
    local there = call('HMGET', P .. 'r:' .. other, 's', 'm')
    -- Who waits by the same medium at this moment is somebody else: a family, an office.
    local somebody_else = there[1] and there[1] ~= 'kept' and there[2] == medium
    if not somebody_else and tonumber(time) < since then since = tonumber(time) end
  end
end
local queue = medium .. ':' .. skill .. ':' .. language
call('SADD', P .. 'queues', queue)
call('HSET', key, 'j', json, 'since', since, 'f', '{}', 's', 'waiting', 'a', '', 'rank', since - boost, 'boost', boost, 'q', queue, 'contact', contact,
  'm', medium, 'skill', skill, 'language', language, 'customer', customer, 'topic', topic, 'keys', #keys > 0 and cjson.encode(keys) or '[]',
  'entered', now, 'matter', ARGV[13])
for _, name in ipairs(keys) do
  call('SET', P .. 'k:' .. name, since .. ' ' .. id, 'PX', hold_ms)
  index(name, contact)
end
if ARGV[13] ~= '' then call('SET', P .. 'm:' .. ARGV[13], contact, 'PX', INDEX_MS) end
call('SET', P .. 'latest', contact)
queue_in(id, now)
return request_json(id)
