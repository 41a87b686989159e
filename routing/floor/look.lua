-- needs: group
-- What is on the floor, whole: verb argument... -> as JSON texts
local verb, found = ARGV[1], {}
if verb == 'waiting' then
  for _, id in ipairs(call('ZRANGE', P .. 'waiting', 0, -1)) do found[#found + 1] = request_json(id) end
elseif verb == 'with' then
  for _, id in ipairs(call('SMEMBERS', P .. 'with')) do found[#found + 1] = request_json(id) or nil end
elseif verb == 'requests' then
  for a = 2, #ARGV do found[#found + 1] = request_json(ARGV[a]) or nil end
elseif verb == 'presences' then
  local ids = #ARGV > 1 and {unpack(ARGV, 2)} or call('HKEYS', P .. 'operators')
  for _, id in ipairs(ids) do found[#found + 1] = presence_json(id) or nil end
elseif verb == 'live' then
  for _, id in ipairs(call('SMEMBERS', ARGV[2] and P .. 'l:' .. ARGV[2] or P .. 'live')) do found[#found + 1] = assignment_json(id) or nil end
elseif verb == 'assignments' then
  for a = 2, #ARGV do found[#found + 1] = assignment_json(ARGV[a]) or nil end
elseif verb == 'given' then
  -- an assignment with its request
  local json = assignment_json(ARGV[2])
  if json then found = {json, request_json(call('HGET', P .. 'a:' .. ARGV[2], 'r')) or nil} end
elseif verb == 'contacts' then
  for a = 2, #ARGV do found[#found + 1] = call('HGETALL', P .. 'c:' .. ARGV[a]) end
elseif verb == 'queues' then
  -- queue waiting count sum squares: of how long recent requests kept an operator, in seconds
  for _, queue in ipairs(call('SMEMBERS', P .. 'queues')) do
    local sum, squares, list = 0, 0, call('LRANGE', P .. 'handled:' .. queue, 0, -1)
    for _, took in ipairs(list) do
      sum = sum + took
      squares = squares + took * took
    end
    found[#found + 1] = {queue, call('ZCARD', P .. 'q:' .. queue), #list, tostring(sum), tostring(squares)}
  end
elseif verb == 'place' then
  local got = call('HMGET', P .. 'r:' .. ARGV[2], 's', 'q', 'low', 'm', 'skill', 'language')
  if not got[1] or got[1] ~= 'waiting' then return {} end
  local ahead = call('ZRANK', P .. 'q:' .. got[2], ARGV[2])
  return {ahead, call('HGET', P .. 'figures', got[2]) or '', got[3] and 1 or 0, got[5], got[4], got[6]}
end
return found
