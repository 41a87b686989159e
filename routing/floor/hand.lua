-- needs: group
-- A talk is handed to one more operator (consult, transfer): the same request, a second assignment.
-- now parent operator assignment json dossier dossier_ms -> 1 | why not
local now, parent, operator, id = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4]
local got = call('HMGET', P .. 'a:' .. parent, 's', 'r', 'm', 'contact')
if call('EXISTS', P .. 'a:' .. id) == 1 then return 1 end
if got[1] ~= 'connected' and got[1] ~= 'held' then return 'gone' end
local why = hindrance(operator, got[3])
if why then return why end
take(operator, got[3])
call('HSET', P .. 'a:' .. id, 'j', ARGV[5], 's', 'offered', 't', now, 'at', now, 'h', '{"state":"offered","at_ms":' .. now .. ',"why":""}', 'r', got[2],
  'o', operator, 'm', got[3], 'p', parent, 'contact', got[4])
call('SADD', P .. 'l:' .. operator, id)
call('SADD', P .. 'live', id)
call('SADD', P .. 'ra:' .. got[2], id)
if ARGV[6] ~= '' then call('SET', P .. 'd:' .. id, ARGV[6], 'PX', ARGV[7]) end
assignment_changed(id, now, got[4])
return 1
