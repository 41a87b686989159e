-- Wishes to be called back. <box>due  zset: id of an open one -> when it may be called
-- <box>over  zset: id of one that is done or dropped -> since when   <box>w:<id>  hash: "b" body, "n" tries, "s" "open", "done" or why dropped
-- Each verb may run twice.
local call, verb = redis.call, ARGV[1]
local box = 'hotline:back:'
local due, over = box .. 'due', box .. 'over'

local function told(id, more)
  local got = call('HMGET', box .. 'w:' .. id, 'b', 'n', 's')
  if got[1] then more[#more + 1] = {id, got[1], got[2], got[3]} end
end

local function gone(id)
  call('ZREM', due, id)
  call('ZREM', over, id)
  return call('DEL', box .. 'w:' .. id)
end

-- id body due -> 1 new, 0 it was wished for already: the latest word counts
if verb == 'wish' then
  local id, wish = ARGV[2], box .. 'w:' .. ARGV[2]
  local fresh = call('HGET', wish, 's') ~= 'open' and 1 or 0
  local body = cjson.decode(ARGV[3])
  if fresh == 0 then
    body.created_ms = cjson.decode(call('HGET', wish, 'b')).created_ms
  else
    call('HSET', wish, 'n', 0)
  end
  call('HSET', wish, 'b', cjson.encode(body), 's', 'open')
  call('ZREM', over, id)
  call('ZADD', due, ARGV[4], id)
  return fresh
end

-- now held_until most -> {{id, body, tries, state}...}, the longest due first; nobody else is given them until then
if verb == 'due' then
  local found = {}
  for _, id in ipairs(call('ZRANGEBYSCORE', due, '-inf', ARGV[2], 'LIMIT', 0, ARGV[4])) do
    call('HINCRBY', box .. 'w:' .. id, 'n', 1)
    call('ZADD', due, ARGV[3], id)
    told(id, found)
  end
  return found
end

-- id due -> 1, 0 where it is not open
if verb == 'later' then
  if not call('ZSCORE', due, ARGV[2]) then return 0 end
  call('ZADD', due, ARGV[3], ARGV[2])
  return 1
end

-- id now how -> 1, 0 where it was not open
if verb == 'end' then
  if call('ZREM', due, ARGV[2]) == 0 then return 0 end
  call('HSET', box .. 'w:' .. ARGV[2], 's', ARGV[4])
  call('ZADD', over, ARGV[3], ARGV[2])
  return 1
end

-- all that are open, the next one first: most -> as "due"
if verb == 'open' then
  local found = {}
  for _, id in ipairs(call('ZRANGE', due, 0, tonumber(ARGV[2]) - 1)) do told(id, found) end
  return found
end

-- of somebody: customers, matters and numbers -> as "due", open or over
if verb == 'of' then
  local his, found = {}, {}
  for a = 2, #ARGV do his[ARGV[a]] = true end
  for _, set in ipairs({due, over}) do
    for _, id in ipairs(call('ZRANGE', set, 0, -1)) do
      local body = cjson.decode(call('HGET', box .. 'w:' .. id, 'b') or '{}')
      if his[body.number] or his[body.matter] or his[body.customer] then told(id, found) end
    end
  end
  return found
end

-- id... -> how many
if verb == 'forget' then
  local count = 0
  for a = 2, #ARGV do count = count + gone(ARGV[a]) end
  return count
end

-- before most -> how many: what was over, or due and never called, before that time
if verb == 'sweep' then
  local count = 0
  for _, set in ipairs({over, due}) do
    for _, id in ipairs(call('ZRANGEBYSCORE', set, '-inf', '(' .. ARGV[2], 'LIMIT', 0, ARGV[3])) do count = count + gone(id) end
  end
  return count
end
return redis.error_reply('no such verb')
