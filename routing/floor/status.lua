-- needs: group
-- An operator's status, or a sign of life of his page. id now status reason -> presence | false; status '' is the sign of life
local id, now, status, reason = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local key = P .. 'o:' .. id
local before = call('HMGET', key, 'status', 'seen', 'reason')
if not before[1] then return false end
if status == '' then
  call('HSET', key, 'seen', now)
  -- Told where he was not there before; else everybody would hear of every page every few seconds.
  if now - tonumber(before[2]) >= tonumber(reason) then return presence_changed(id, now) end
  return presence_json(id)
end
if before[1] == status and before[3] == reason then return presence_json(id) end
call('HSET', key, 'status', status, 'reason', reason, 'since', now)
if status == 'ready' then call('HSET', key, 'idle', now) end
return presence_changed(id, now)
