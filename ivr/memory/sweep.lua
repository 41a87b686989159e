-- Touches whose time is over, out of these timelines, in truth and not by a mark; what was seen of them is forgotten too.
-- kinds default_before kind before... key... -> how many
local call = redis.call
local kinds, default, before, latest = tonumber(ARGV[1]), tonumber(ARGV[2]), {}, tonumber(ARGV[2])
for k = 0, kinds - 1 do
  local limit = tonumber(ARGV[4 + 2 * k])
  before[ARGV[3 + 2 * k]] = limit
  if limit > latest then latest = limit end
end
local gone = 0
for a = 3 + 2 * kinds, #ARGV do
  local key = ARGV[a]
  local oldest = call('LINDEX', key, 0)
  if oldest and tonumber(string.match(oldest, '^%[(%d+)')) < latest then
    local kept, due = {}, 0
    for _, entry in ipairs(call('LRANGE', key, 0, -1)) do
      local at, kind = string.match(entry, '^%[(%d+),"([a-z0-9_]+)"')
      if tonumber(at) < (before[kind] or default) then
        due = due + 1
        local touch = cjson.decode(entry)
        local digest = redis.sha1hex(touch[3] .. '\0' .. touch[4])
        local set = tonumber(string.sub(digest, 1, 5), 16) % 262144
        call('SREM', string.format('s%d', set), string.format('%.0f', tonumber(string.sub(digest, 6, 18), 16)))
      else
        kept[#kept + 1] = entry
      end
    end
    if due > 0 then
      gone = gone + due
      call('DEL', key)
      for k = 1, #kept, 500 do call('RPUSH', key, unpack(kept, k, math.min(k + 499, #kept))) end
    end
  end
end
return gone
