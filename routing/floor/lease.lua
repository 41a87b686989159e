-- Who leads: name ms -> 1 it does, 0 another does. ms 0 gives the lease back.
local key = 'hotline:floor:router'
local holder = redis.call('GET', key)
if holder and holder ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then
  redis.call('DEL', key)
  return 0
end
redis.call('SET', key, ARGV[1], 'PX', ARGV[2])
return 1
