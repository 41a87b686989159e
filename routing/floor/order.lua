-- An order into a phone node's stream, once by its id. node id kind contact data deadline remember_ms -> 1 new, 0 known
local P = 'hotline:floor:'
if not redis.call('SET', P .. 'od:' .. ARGV[2], '', 'NX', 'PX', ARGV[7]) then return 0 end
redis.call('XADD', P .. 'orders:' .. ARGV[1], 'MAXLEN', '~', 1000, '*', 'id', ARGV[2], 'k', ARGV[3], 'c', ARGV[4], 'd', ARGV[5], 'u', ARGV[6])
redis.call('PEXPIRE', P .. 'orders:' .. ARGV[1], 86400000)
return 1
