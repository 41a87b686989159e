-- needs: group
-- An identity to a customer, with a confidence; never weaker than before. What is learnt of one who was merged is the root's.
-- id address percent link line -> {'linked', root}, {'unknown'}, {'many'}
local MOST = 256
local root, address, percent = root_of(ARGV[1]), ARGV[2], tonumber(ARGV[3])
if call('EXISTS', 'c' .. root) == 0 then return {'unknown'} end
for _, id in ipairs(group_of(root)) do
  local link = call('HGET', 'i' .. address, id)
  if link and percent_of(link) >= percent then return {'linked', root} end
end
if call('HEXISTS', 'i' .. address, root) == 0 and call('HLEN', 'i' .. address) >= MOST then return {'many'} end
call('HSET', 'i' .. address, root, ARGV[4])
call('HSET', 'c' .. root, '@' .. address, percent)
call('RPUSH', 'u' .. root, ARGV[5])
return {'linked', root}
