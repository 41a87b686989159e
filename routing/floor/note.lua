-- needs: group
-- What an operator says of an assignment in wrap-up. id now code note -> assignment | false
local id, now, key = ARGV[1], tonumber(ARGV[2]), P .. 'a:' .. ARGV[1]
local contact = call('HGET', key, 'contact')
if not contact then return false end
call('HSET', key, 'code', ARGV[3], 'note', ARGV[4])
if call('EXISTS', P .. 'c:' .. contact) == 1 then
  call('HSET', P .. 'c:' .. contact, 'code', ARGV[3])
else
  call('HSET', P .. 'r:' .. call('HGET', key, 'r'), 'code', ARGV[3])
end
return assignment_changed(id, now, contact)
