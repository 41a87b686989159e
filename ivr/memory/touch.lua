-- One touch into the timeline of the identity it came by, in the order of time, once.
-- address kin source source_id at entry language -> 1 written, 0 it was there already
local call = redis.call
local address, kin, at, entry = ARGV[1], ARGV[2], tonumber(ARGV[5]), ARGV[6]

-- What was seen is kept as small integers in many small sets, which Redis stores in 8 bytes each (intset).
-- 18 bits choose the set, 52 more are the member: two of 10 million touches are taken for one with a chance of 1 in 20 million.
local digest = redis.sha1hex(ARGV[3] .. '\0' .. ARGV[4])
local set = tonumber(string.sub(digest, 1, 5), 16) % 262144
local member = tonumber(string.sub(digest, 6, 18), 16)
if call('SADD', string.format('s%d', set), string.format('%.0f', member)) == 0 then return 0 end

local key = 't' .. address
local function time_of(line) return tonumber(string.match(line, '^%[(%d+)')) end
local last = call('LINDEX', key, -1)
if not last or time_of(last) <= at then
  call('RPUSH', key, entry)
else
  -- A late one (mail that was fetched hours later): walk back from the newest to its place.
  local STEP, from, before = 32, -1, nil
  repeat
    local lines = call('LRANGE', key, from - STEP + 1, from)
    for l = #lines, 1, -1 do
      if time_of(lines[l]) <= at then
        before = lines[l]
        break
      end
    end
    from = from - STEP
  until before or #lines < STEP
  if before then call('LINSERT', key, 'AFTER', before, entry) else call('LPUSH', key, entry) end
end
if kin ~= '' then call('HSET', 'i' .. kin, '~' .. address, '') end
if ARGV[7] ~= '' then call('HSET', 'i' .. address, '=l', ARGV[7]) end
return 1
