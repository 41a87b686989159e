-- needs: group
-- The customer of an identity; made where nobody is surely its owner.
-- id address percent link strong at line field value... -> {'known', root}, {'made', id}, {'shared'}
local address, strong = ARGV[2], tonumber(ARGV[5])
local flat, roots = call('HGETALL', 'i' .. address), {}
for f = 1, #flat, 2 do
  local sign = string.sub(flat[f], 1, 1)
  if sign ~= '=' and sign ~= '~' then
    -- The same request again.
    if flat[f] == ARGV[1] then return {'made', ARGV[1]} end
    if percent_of(flat[f + 1]) >= strong then
      local root = root_of(flat[f])
      if roots[1] and roots[1] ~= root then return {'shared'} end
      roots[1] = root
    end
  end
end
if roots[1] then return {'known', roots[1]} end
local key = 'c' .. ARGV[1]
call('HSET', key, 'b', ARGV[6], '@' .. address, ARGV[3], unpack(ARGV, 8))
call('HSET', 'i' .. address, ARGV[1], ARGV[4])
call('RPUSH', 'u' .. ARGV[1], ARGV[7])
return {'made', ARGV[1]}
