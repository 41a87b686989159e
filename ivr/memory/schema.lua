-- Whose database is it, and by which version was it written? version -> the version found, or 'foreign'
local found = redis.call('GET', 'hotline:schema')
if found then return found end
if redis.call('DBSIZE') > 0 then return 'foreign' end
redis.call('SET', 'hotline:schema', ARGV[1])
return ARGV[1]
