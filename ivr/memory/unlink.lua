-- needs: group
-- An identity from a customer, whoever of the group holds it. id address line -> 1 undone, 0 there was no such link
local root, undone = root_of(ARGV[1]), 0
for _, id in ipairs(group_of(root)) do
  undone = undone + call('HDEL', 'i' .. ARGV[2], id)
  call('HDEL', 'c' .. id, '@' .. ARGV[2])
end
if undone > 0 then call('RPUSH', 'u' .. root, ARGV[3]) end
return undone > 0 and 1 or 0
