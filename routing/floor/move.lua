-- needs: group
-- An assignment goes on, by the table of states.py, which hands in from where this move is possible.
-- id to now why refuse_ms keep_ms away_after known_ms leaves from... -> {'ok', assignment, changed} {'wrong', state} {'unknown'}
local id, to, now, why, refuse_ms, keep_ms = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])
local key = P .. 'a:' .. id
local got = call('HMGET', key, 's', 'r', 'o', 'm', 'contact', 'p', 'at')
if not got[1] then return {'unknown'} end
if got[1] == to then return {'ok', assignment_json(id), 0} end
local possible = false
for f = 10, #ARGV do possible = possible or ARGV[f] == got[1] end
if not possible then return {'wrong', got[1]} end

local request, operator, medium, contact = got[2], got[3], got[4], got[5]
local asked = P .. 'r:' .. request
local counts = call('HGET', asked, 'a') == id
enter_state(id, to, now, why)
if to == 'refused' then
  let_go(id, now)
  -- Whose phone goes unanswered again and again is not at it.
  if why == 'no_answer' or why == 'unreachable' or why == 'silent' or why == 'no_page' then
    local missed, there, most = call('HINCRBY', P .. 'o:' .. operator, 'missed', 1), call('HGET', P .. 'o:' .. operator, 'status'), tonumber(ARGV[7])
    if most > 0 and missed >= most and there == 'ready' then
      call('HSET', P .. 'o:' .. operator, 'status', 'pause', 'reason', 'no_answer', 'since', now, 'missed', 0)
    end
  end
elseif to == 'done' then
  let_go(id, now)
  local list = P .. 'handled:' .. call('HGET', asked, 'q')
  call('LPUSH', list, (now - tonumber(got[7])) / 1000)
  call('LTRIM', list, 0, 99)
  -- Ready again by himself after a call, where nothing else of it is left.
  if call('HGET', P .. 'o:' .. operator, 'status') == 'wrap_up' then
    local left = false
    for _, other in ipairs(call('SMEMBERS', P .. 'l:' .. operator)) do
      local there = call('HMGET', P .. 'a:' .. other, 's', 'm')
      left = left or (there[1] == 'wrap_up' and there[2] == 'call')
    end
    if not left then call('HSET', P .. 'o:' .. operator, 'status', 'ready', 'reason', '', 'since', now) end
  end
elseif to == 'wrap_up' then
  if medium == 'call' and call('HGET', P .. 'o:' .. operator, 'status') == 'ready' then
    call('HSET', P .. 'o:' .. operator, 'status', 'wrap_up', 'reason', '', 'since', now)
  end
elseif to == 'connected' then
  call('HSET', P .. 'o:' .. operator, 'missed', 0)
  local matter = call('HGET', asked, 'matter')
  if matter and matter ~= '' then call('SET', P .. 'w:' .. matter, operator, 'PX', ARGV[8]) end
  if call('HSETNX', asked, 'connected', now) == 1 then call('HSET', asked, 'waited', now - tonumber(call('HGET', asked, 'since'))) end
  if counts then call('HSET', asked, 's', 'with', 'operator', operator) end
end
local json = assignment_changed(id, now, contact)
if to == 'refused' and counts then
  call('HINCRBY', asked, 'refusals', 1)
  -- Who was promised a call may hang up: he waits on in his place, and whoever was rung for him may call.
  local promised = ARGV[9] == '0' and type(cjson.decode(call('HGET', asked, 'j') .. '}').callback) == 'table'
  if why == 'caller_gone' and promised then
    queue_in(request, now)
  elseif why == 'caller_gone' then
    over(request, now, 'gone', keep_ms)
  else
    local refused = cjson.decode(call('HGET', asked, 'f'))
    refused[operator] = now + refuse_ms
    call('HSET', asked, 'f', cjson.encode(refused))
    queue_in(request, now)
  end
elseif to == 'wrap_up' then
  talk_over(id, now)
elseif to == 'done' then
  talk_over(id, now)
  -- Written already as the talk ended; now with its wrap-up.
  local wrap = call('HGET', asked, 'wrap')
  if wrap and call('EXISTS', P .. 'c:' .. contact) == 1 then call('HSET', P .. 'c:' .. contact, 'wrap', wrap) end
end
return {'ok', json, 1}
