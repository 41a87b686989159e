-- What is to be delivered, in lanes: the order within a lane is kept, its first entry holds up the others, and nobody else's.
-- <box>due  zset: lane -> when its first entry may be tried      <box>l:<lane>  list of entry ids
-- <box>e:<id>  hash: "b" body, "l" lane, "a" put at, "n" tries, "m" mark, "y" why it is dead   <box>s:<id>  delivered; <box>dead  zset
-- A try is a lease: who took an entry at try n ends it as n, or not at all. Each verb may run twice.
local call, verb, box = redis.call, ARGV[1], ARGV[2]
local due, dead = box .. 'due', box .. 'dead'

-- The first entry of a lane is over: the next one may be tried.
local function shift(lane, id, now)
  local list = box .. 'l:' .. lane
  if call('LINDEX', list, 0) == id then call('LPOP', list) else call('LREM', list, 1, id) end
  if call('LLEN', list) > 0 then call('ZADD', due, now, lane) else call('ZREM', due, lane) end
end

-- id lane body now -> 1 put, 0 it was already
if verb == 'put' then
  local id, lane, entry = ARGV[3], ARGV[4], box .. 'e:' .. ARGV[3]
  if call('EXISTS', entry) == 1 or call('EXISTS', box .. 's:' .. id) == 1 then return 0 end
  call('HSET', entry, 'b', ARGV[5], 'l', lane, 'a', ARGV[6], 'n', 0)
  if call('RPUSH', box .. 'l:' .. lane, id) == 1 then call('ZADD', due, ARGV[6], lane) end
  return 1
end

-- now lease_ms -> {id, lane, body, put_at, tries, mark} or {'', when the next is due or -1}
if verb == 'take' then
  local now = tonumber(ARGV[3])
  while true do
    local next = call('ZRANGE', due, 0, 0, 'WITHSCORES')
    if not next[1] then return {'', -1} end
    if tonumber(next[2]) > now then return {'', next[2]} end
    local lane = next[1]
    local id = call('LINDEX', box .. 'l:' .. lane, 0)
    local entry = id and box .. 'e:' .. id
    if not id then
      call('ZREM', due, lane)
    elseif call('EXISTS', entry) == 0 then
      shift(lane, id, now)
    else
      call('ZADD', due, now + tonumber(ARGV[4]), lane)
      local tries = call('HINCRBY', entry, 'n', 1)
      local got = call('HMGET', entry, 'b', 'a', 'm')
      return {id, lane, got[1], got[2], tries, got[3] or ''}
    end
  end
end

-- dead entries, the newest first: first last -> {{id, died, body, lane, why, tries}...}
if verb == 'dead' then
  local found, listed = {}, call('ZREVRANGE', dead, ARGV[3], ARGV[4], 'WITHSCORES')
  for d = 1, #listed, 2 do
    local got = call('HMGET', box .. 'e:' .. listed[d], 'b', 'l', 'y', 'n')
    if got[1] then found[#found + 1] = {listed[d], listed[d + 1], got[1], got[2], got[3] or '', got[4]} end
  end
  return found
end

-- everything of a lane, dead or alive: lane -> how many
if verb == 'forget' then
  local lane, gone = ARGV[3], 0
  for _, id in ipairs(call('LRANGE', box .. 'l:' .. lane, 0, -1)) do gone = gone + call('DEL', box .. 'e:' .. id) end
  for _, id in ipairs(call('ZRANGE', dead, 0, -1)) do
    if call('HGET', box .. 'e:' .. id, 'l') == lane then
      call('ZREM', dead, id)
      gone = gone + call('DEL', box .. 'e:' .. id)
    end
  end
  call('DEL', box .. 'l:' .. lane)
  call('ZREM', due, lane)
  return gone
end

-- which of these entries name one of the needles, as a lane or as a JSON string: count needle... id... -> {{id, lane, body}...}
if verb == 'naming' then
  local found, last = {}, 3 + tonumber(ARGV[3])
  for a = last + 1, #ARGV do
    local got = call('HMGET', box .. 'e:' .. ARGV[a], 'l', 'b')
    for n = 4, got[1] and last or 0 do
      if got[1] == ARGV[n] or string.find(got[2], cjson.encode(ARGV[n]), 1, true) then
        found[#found + 1] = {ARGV[a], got[1], got[2]}
        break
      end
    end
  end
  return found
end

-- one entry, dead or alive: id now -> 1, or 0 where there is none
if verb == 'drop' then
  local id, entry = ARGV[3], box .. 'e:' .. ARGV[3]
  local lane = call('HGET', entry, 'l')
  if not lane then return 0 end
  call('DEL', entry)
  if call('ZREM', dead, id) == 0 then shift(lane, id, ARGV[4]) end
  return 1
end

-- The others are about one entry: id tries ... -> 1, or 0 where it is not held any more
local id, entry = ARGV[3], box .. 'e:' .. ARGV[3]

-- a dead one once more, behind its lane: id now
if verb == 'revive' then
  if call('ZREM', dead, id) == 0 then return 0 end
  local lane = call('HGET', entry, 'l')
  if not lane then return 0 end
  call('HSET', entry, 'n', 0, 'a', ARGV[4])
  call('HDEL', entry, 'm', 'y')
  if call('RPUSH', box .. 'l:' .. lane, id) == 1 then call('ZADD', due, ARGV[4], lane) end
  return 1
end

if call('HGET', entry, 'n') ~= ARGV[4] or call('ZSCORE', dead, id) then return 0 end
local lane = call('HGET', entry, 'l')
if verb == 'mark' then -- mark
  call('HSET', entry, 'm', ARGV[5])
elseif verb == 'later' then -- due mark
  call('ZADD', due, ARGV[5], lane)
  call('HSET', entry, 'm', ARGV[6])
elseif verb == 'done' then -- now remember_ms
  call('DEL', entry)
  call('SET', box .. 's:' .. id, '', 'PX', ARGV[6])
  shift(lane, id, ARGV[5])
elseif verb == 'bury' then -- now why most
  call('HSET', entry, 'y', ARGV[6])
  call('ZADD', dead, ARGV[5], id)
  shift(lane, id, ARGV[5])
  for _, old in ipairs(call('ZRANGE', dead, 0, -1 - tonumber(ARGV[7]))) do
    call('ZREM', dead, old)
    call('DEL', box .. 'e:' .. old)
  end
end
return 1
