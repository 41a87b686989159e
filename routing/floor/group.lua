-- The floor's keys, and what every script of it does with them. All begin with P.
-- operators          hash: id -> the operator as JSON
-- o:<operator>       hash: status reason since idle seen; call chat mail: load; c.<medium>: capacity; b.<medium>: beside a call; active
-- l:<operator>       set: his live assignments             live  set: everybody's
-- r:<request>        hash: j JSON without what follows and without its end; since, f refused (JSON), s state, a assignment; rank, q queue,
--                    contact, keys of its place, m medium, customer, topic; figures of the contact: waited talked held wrap ...
-- waiting            zset: request -> rank                 q:<medium>:<skill>:<language>  zset: the same, of one queue
-- with               set: requests that are offered, or with a person       ra:<request>  set: its live assignments
-- a:<assignment>     hash: j as above; s state, t since, h history (JSON without brackets), code, note; r o m p contact   d:<assignment>  dossier
-- k:<key>            string "<since> <request>": whose place is kept for whom
-- c:<contact>        hash: what reports know of it         day:<n>  zset: contact -> when it ended, by day of the epoch
-- log:<contact>      list: events of a contact, for its story               events  stream
-- of:<key>           set: contacts of a customer (c:...), by an identity (i:...)      m:<matter>, latest  strings: the contact that was last
local call, P = redis.call, 'hotline:floor:'
local EVENTS, STORY_MS, ENDED_MS, RESOLVED_MS, INDEX_MS = 20000, 30 * 86400000, 86400000, 7 * 86400000, 400 * 86400000

-- By what a contact is found: c:<customer>, i:<identity>.
local function index(key, contact)
  call('SADD', P .. 'of:' .. key, contact)
  call('PEXPIRE', P .. 'of:' .. key, INDEX_MS)
end

local function emit(kind, now, data, contact)
  call('XADD', P .. 'events', 'MAXLEN', '~', EVENTS, '*', 'k', kind, 't', now, 'd', data)
  if contact and contact ~= '' then
    if call('RPUSH', P .. 'log:' .. contact, '["' .. kind .. '",' .. now .. ',' .. data .. ']') == 1 then
      call('PEXPIRE', P .. 'log:' .. contact, STORY_MS)
    end
  end
end

local function request_json(id)
  local got = call('HMGET', P .. 'r:' .. id, 'j', 'since', 'f', 's', 'a')
  if not got[1] then return false end
  return got[1] .. ',"since_ms":' .. got[2] .. ',"refused":' .. got[3] .. ',"state":"' .. got[4] .. '","assignment":"' .. got[5] .. '"}'
end

local function assignment_json(id)
  local got = call('HMGET', P .. 'a:' .. id, 'j', 's', 't', 'h', 'code', 'note')
  if not got[1] then return false end
  return got[1] .. ',"state":"' .. got[2] .. '","since_ms":' .. got[3] .. ',"history":[' .. got[4] .. '],"code":' ..
    cjson.encode(got[5] or '') .. ',"note":' .. cjson.encode(got[6] or '') .. '}'
end

local function presence_json(id)
  local got = call('HMGET', P .. 'o:' .. id, 'status', 'reason', 'since', 'idle', 'call', 'chat', 'mail', 'seen')
  if not got[1] then return false end
  return '{"operator":' .. cjson.encode(id) .. ',"status":"' .. got[1] .. '","reason":' .. cjson.encode(got[2]) .. ',"since_ms":' .. got[3] ..
    ',"idle_since_ms":' .. got[4] .. ',"load":{"call":' .. got[5] .. ',"chat":' .. got[6] .. ',"mail":' .. got[7] .. '},"seen_ms":' .. got[8] .. '}'
end

local function presence_changed(id, now)
  local json = presence_json(id)
  if json then emit('presence.changed', now, '{"presence":' .. json .. '}') end
  return json
end

local function assignment_changed(id, now, contact)
  local json = assignment_json(id)
  local presence = presence_json(call('HGET', P .. 'a:' .. id, 'o'))
  emit('assignment.changed', now, '{"assignment":' .. json .. ',"presence":' .. (presence or 'null') .. '}', contact)
  return json
end

-- Why an operator cannot take one more of this medium; nil where he can.
local function hindrance(id, medium)
  local got = call('HMGET', P .. 'o:' .. id, 'status', 'active', 'call', 'chat', 'mail', 'c.' .. medium, 'b.chat', 'b.mail')
  if not got[1] or got[2] ~= '1' then return 'unknown' end
  if got[1] ~= 'ready' then return 'away' end
  local load = {call = tonumber(got[3]), chat = tonumber(got[4]), mail = tonumber(got[5])}
  local beside = {chat = tonumber(got[7]), mail = tonumber(got[8])}
  if load[medium] >= tonumber(got[6]) then return 'busy' end
  if medium == 'call' then
    if load.chat > beside.chat or load.mail > beside.mail then return 'busy' end
  elseif load.call > 0 and load[medium] >= beside[medium] then
    return 'busy'
  end
  return nil
end

local function take(id, medium)
  call('HINCRBY', P .. 'o:' .. id, medium, 1)
end

local function free(id, medium, now)
  local key = P .. 'o:' .. id
  if call('EXISTS', key) == 0 then return end
  if call('HINCRBY', key, medium, -1) < 0 then call('HSET', key, medium, 0) end
  local load = call('HMGET', key, 'call', 'chat', 'mail')
  if load[1] == '0' and load[2] == '0' and load[3] == '0' then call('HSET', key, 'idle', now) end
end

local function queue_in(id, now)
  local key = P .. 'r:' .. id
  local got = call('HMGET', key, 'rank', 'q', 'contact')
  call('ZADD', P .. 'waiting', got[1], id)
  call('ZADD', P .. 'q:' .. got[2], got[1], id)
  call('SREM', P .. 'with', id)
  call('HSET', key, 's', 'waiting', 'a', '')
  emit('request.waiting', now, '{"request":' .. request_json(id) .. '}', got[3])
end

local function queue_out(id)
  call('ZREM', P .. 'waiting', id)
  call('ZREM', P .. 'q:' .. call('HGET', P .. 'r:' .. id, 'q'), id)
end

-- The record of a contact, as far as the floor knows it.
local FIGURES = {'waited', 'talked', 'held', 'wrap', 'offers', 'refusals', 'transfers', 'operator', 'connected', 'low', 'high', 'code'}
local function record(contact, now, fields)
  local key = P .. 'c:' .. contact
  if #fields > 0 then call('HSET', key, unpack(fields)) end
  if call('HSETNX', key, 'ended', now) == 0 then return end
  call('SET', P .. 'latest', contact)
  call('ZADD', P .. 'day:' .. math.floor(now / 86400000), now, contact)
  -- The same customer with the same topic within days: the contact before did not resolve it.
  local got = call('HMGET', key, 'customer', 'topic')
  if not got[1] or not got[2] then return end
  local last = P .. 'last:' .. got[1] .. ':' .. got[2]
  local before = call('GET', last)
  if before and before ~= contact then
    if call('EXISTS', P .. 'c:' .. before) == 1 then call('HSET', P .. 'c:' .. before, 'again', now) end
    call('HSET', key, 'repeat', 1)
  end
  call('SET', last, contact, 'PX', RESOLVED_MS)
end

local function record_request(id, now, outcome)
  local key = P .. 'r:' .. id
  local given = call('HGET', P .. 'a:' .. call('HGET', key, 'a'), 'j')
  local got = call('HMGET', key, 'contact', 'm', 'customer', 'topic', 'since', 'skill', 'language')
  local fields = {'outcome', outcome, 'medium', got[2], 'since', got[5], 'skill', got[6], 'language', got[7], 'request', id}
  if got[3] ~= '' then fields[#fields + 1] = 'customer'; fields[#fields + 1] = got[3] end
  if got[4] ~= '' then fields[#fields + 1] = 'topic'; fields[#fields + 1] = got[4] end
  for n, value in ipairs(call('HMGET', key, unpack(FIGURES))) do
    if value then fields[#fields + 1] = FIGURES[n]; fields[#fields + 1] = value end
  end
  if given then
    local reasons = cjson.decode(given .. '}').reasons
    fields[#fields + 1] = 'reasons'
    fields[#fields + 1] = #reasons > 0 and cjson.encode(reasons) or '[]'
  end
  if not call('HGET', key, 'connected') then fields[#fields + 1] = 'waited'; fields[#fields + 1] = now - tonumber(got[5]) end
  record(got[1], now, fields)
end

-- A request is over: gone (its place is kept for a while), or for another reason for good.
local function over(id, now, why, keep_ms)
  local key = P .. 'r:' .. id
  local got = call('HMGET', key, 'keys', 'since', 'contact')
  local kept = why == 'gone' and keep_ms > 0
  call('HSET', key, 's', kept and 'kept' or 'over')
  call('SREM', P .. 'with', id)
  for _, name in ipairs(cjson.decode(got[1])) do
    local place = P .. 'k:' .. name
    local holder = call('GET', place)
    if holder and string.match(holder, ' (.*)$') == id then
      if kept then call('PEXPIRE', place, keep_ms) else call('DEL', place) end
    end
  end
  call('PEXPIRE', key, ENDED_MS)
  record_request(id, now, why)
  emit('request.left', now, '{"id":' .. cjson.encode(id) .. ',"why":' .. cjson.encode(why) .. ',"request":' .. request_json(id) .. '}', got[3])
end

-- An assignment's time in a state is added to what the request has had of it.
local TIMES = {connected = 'talked', held = 'held', wrap_up = 'wrap'}
local function enter_state(id, to, now, why)
  local key = P .. 'a:' .. id
  local got = call('HMGET', key, 's', 't', 'h', 'r')
  local kind = TIMES[got[1]]
  if kind then
    local ms = math.max(0, now - tonumber(got[2]))
    call('HINCRBY', P .. 'r:' .. got[4], kind, ms)
    call('HINCRBY', key, kind, ms)
  end
  local line = '{"state":"' .. to .. '","at_ms":' .. now .. ',"why":' .. cjson.encode(why) .. '}'
  call('HSET', key, 's', to, 't', now, 'h', got[3] == '' and line or (got[3] .. ',' .. line))
end

-- An assignment is out of its operator's hands.
local function let_go(id, now)
  local got = call('HMGET', P .. 'a:' .. id, 'o', 'm', 'r')
  call('SREM', P .. 'l:' .. got[1], id)
  call('SREM', P .. 'live', id)
  call('SREM', P .. 'ra:' .. got[3], id)
  call('PEXPIRE', P .. 'a:' .. id, ENDED_MS)
  call('DEL', P .. 'd:' .. id)
  free(got[1], got[2], now)
end

-- Who has the same request too: somebody who talks already, else somebody to whom it is being handed.
local function other_of(request, id)
  local asked
  for _, other in ipairs(call('SMEMBERS', P .. 'ra:' .. request)) do
    local state = other ~= id and call('HGET', P .. 'a:' .. other, 's')
    if state == 'connected' or state == 'held' then return other, 'with' end
    if state == 'offered' or state == 'shown' or state == 'ringing' then asked = other end
  end
  return asked, 'offered'
end

-- The talk of an assignment has ended; the request goes on with whoever has it, or is over.
local function talk_over(id, now)
  local request = call('HGET', P .. 'a:' .. id, 'r')
  local key = P .. 'r:' .. request
  if call('HGET', key, 'a') ~= id or call('HGET', key, 's') ~= 'with' then return end
  local other, state = other_of(request, id)
  if other then
    call('HSET', key, 'a', other, 's', state, 'operator', call('HGET', P .. 'a:' .. other, 'o'))
    call('HINCRBY', key, 'transfers', 1)
  else
    over(request, now, 'handled', 0)
  end
end
