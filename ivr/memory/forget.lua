-- Matters whose time in the archive is over. now id... -> how many
local call, gone = redis.call, 0
for a = 2, #ARGV do
  local id = ARGV[a]
  local due, text = call('ZSCORE', 'x', id), call('HGET', 'm' .. id, 'h')
  if due and tonumber(due) <= tonumber(ARGV[1]) then
    if text then
      for _, address in pairs(cjson.decode(text).who) do call('ZREM', 'o' .. address, id) end
    end
    local digits = call('GET', 'q' .. id)
    if digits then call('DEL', 'k' .. digits) end
    call('DEL', 'm' .. id, 'a' .. id, 'q' .. id)
    call('ZREM', 'x', id)
    gone = gone + 1
  end
end
return gone
