-- needs: group
-- Take a merge back: the edge goes, everything else is where it was. id at by(JSON) -> {'unmerged', from}, {'not'}
local up = call('HGET', 'c' .. ARGV[1], '>')
if not up then return {'not'} end
local root = root_of(up)
local line = '[' .. ARGV[2] .. ',"unmerge",' .. ARGV[3] .. ',{"from":"' .. up .. '","out":"' .. ARGV[1] .. '"}]'
call('HDEL', 'c' .. ARGV[1], '>')
call('HDEL', 'c' .. up, '<' .. ARGV[1])
call('RPUSH', 'u' .. ARGV[1], line)
call('RPUSH', 'u' .. up, line)
if root ~= up then call('RPUSH', 'u' .. root, line) end
return {'unmerged', root}
