-- needs: group
-- Two customers are one: an edge, and a line in both audits. into from at by(JSON) -> {'merged', root, merged}, {'unknown'}, {'same'}, {'many'}
local a, b = root_of(ARGV[1]), root_of(ARGV[2])
if call('EXISTS', 'c' .. a) == 0 or call('EXISTS', 'c' .. b) == 0 then return {'unknown'} end
if a == b then return {'same', a} end
local ids, others = group_of(a), group_of(b)
if #ids + #others > DEEPEST then return {'many'} end
local line = '[' .. ARGV[3] .. ',"merge",' .. ARGV[4] .. ',{"into":"' .. a .. '","from":"' .. b .. '"}]'
call('HSET', 'c' .. b, '>', a)
call('HSET', 'c' .. a, '<' .. b, ARGV[3])
call('RPUSH', 'u' .. a, line)
call('RPUSH', 'u' .. b, line)
return {'merged', a, b}
