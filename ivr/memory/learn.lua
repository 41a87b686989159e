-- needs: group
-- Facts about a customer; an empty value forgets one. id line field value... -> {'learnt', root}, {'unknown'}
local root = root_of(ARGV[1])
if call('EXISTS', 'c' .. root) == 0 then return {'unknown'} end
for f = 3, #ARGV, 2 do
  if ARGV[f + 1] == '' then
    call('HDEL', 'c' .. root, ARGV[f])
  else
    call('HSET', 'c' .. root, ARGV[f], ARGV[f + 1])
  end
end
call('RPUSH', 'u' .. root, ARGV[2])
return {'learnt', root}
