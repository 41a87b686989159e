-- What a process has counted, added to the sums of the house once: its numbers go up by one.
-- token number key day_key kept_ms field by... -> 1 added, 0 it was already
local call, seen = redis.call, 'hotline:count:by:' .. ARGV[1]
if tonumber(call('GET', seen) or 0) >= tonumber(ARGV[2]) then return 0 end
-- Longer than any journal waits for Redis.
call('SET', seen, ARGV[2], 'PX', 30 * 86400000)
for f = 6, #ARGV, 2 do
  call('HINCRBY', ARGV[3], ARGV[f], ARGV[f + 1])
  call('HINCRBY', ARGV[4], ARGV[f], ARGV[f + 1])
end
call('PEXPIRE', ARGV[4], ARGV[5])
return 1
