-- needs: group
-- Requests go to operators, each pair for itself: where it still waits, he is ready and has a hand free.
-- now {request operator assignment json dossier dossier_ms}... -> {1 | why not}...
local now, told = tonumber(ARGV[1]), {}
for p = 2, #ARGV, 6 do
  local request, operator, id = ARGV[p], ARGV[p + 1], ARGV[p + 2]
  local got = call('HMGET', P .. 'r:' .. request, 's', 'm', 'contact')
  local why = got[1] ~= 'waiting' and 'gone' or hindrance(operator, got[2])
  if why then
    -- Asked twice, after a broken line: it is his already.
    told[#told + 1] = call('EXISTS', P .. 'a:' .. id) == 1 and 1 or why
  else
    queue_out(request)
    take(operator, got[2])
    call('HSET', P .. 'r:' .. request, 's', 'offered', 'a', id)
    call('HINCRBY', P .. 'r:' .. request, 'offers', 1)
    call('SADD', P .. 'with', request)
    call('HSET', P .. 'a:' .. id, 'j', ARGV[p + 3], 's', 'offered', 't', now, 'at', now, 'h', '{"state":"offered","at_ms":' .. now .. ',"why":""}',
      'r', request, 'o', operator, 'm', got[2], 'p', '', 'contact', got[3])
    call('SADD', P .. 'l:' .. operator, id)
    call('SADD', P .. 'live', id)
    call('SADD', P .. 'ra:' .. request, id)
    if ARGV[p + 4] ~= '' then call('SET', P .. 'd:' .. id, ARGV[p + 4], 'PX', ARGV[p + 5]) end
    assignment_changed(id, now, got[3])
    told[#told + 1] = 1
  end
end
return told
