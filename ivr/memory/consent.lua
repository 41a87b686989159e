-- needs: group
-- What a customer allows or forbids. The later word counts, in whatever order the words arrive; history keeps all, each once.
-- id field value at line -> {'kept', root}, {'unknown'}
local root, field, at = root_of(ARGV[1]), ARGV[2], tonumber(ARGV[4])
if call('EXISTS', 'c' .. root) == 0 then return {'unknown'} end
if not call('LPOS', 'u' .. root, ARGV[5]) then call('RPUSH', 'u' .. root, ARGV[5]) end
local had = call('HGET', 'c' .. root, field)
local since = had and tonumber(string.match(had, ' (%d+)')) or 0
-- Of two words of the same millisecond, the one that forbids.
if at > since or (at == since and string.sub(ARGV[3], 1, 1) == '0') then call('HSET', 'c' .. root, field, ARGV[3]) end
return {'kept', root}
