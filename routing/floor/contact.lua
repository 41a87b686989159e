-- needs: group
-- What is known of a contact, added to its record; from its end on (ended > 0) it is in its day. id ended {field value}... -> 1
local id, ended, fields = ARGV[1], tonumber(ARGV[2]), {unpack(ARGV, 3)}
if ended > 0 then
  record(id, ended, fields)
elseif #fields > 0 then
  call('HSET', P .. 'c:' .. id, unpack(fields))
end
return 1
