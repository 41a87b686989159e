-- needs: group
-- An identity to a customer, with a confidence; a link that is there is only ever made surer by this.
-- id address percent link line -> {'linked', root}, {'unknown'}, {'many'}
local MOST = 256
local root, address, percent = root_of(ARGV[1]), ARGV[2], tonumber(ARGV[3])
if call('EXISTS', 'c' .. root) == 0 then return {'unknown'} end
local holder = root
for _, id in ipairs(group_of(root)) do
  local link = call('HGET', 'i' .. address, id)
  if link then
    holder = id
    if percent_of(link) >= percent then return {'linked', root} end
  end
end
if call('HLEN', 'i' .. address) >= MOST then return {'many'} end
call('HSET', 'i' .. address, holder, ARGV[4])
call('HSET', 'c' .. holder, '@' .. address, percent)
call('RPUSH', 'u' .. root, ARGV[5])
return {'linked', root}
