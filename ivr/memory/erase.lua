-- needs: group
-- Forget a customer, or only say what that would take. What came by an identity that is surely his and nobody else's goes whole; of
-- one that is shared, weak, or was his once, only what bears his name. A chat in which a matter of his was talked about is his.
-- The seen-set keeps its integers, so that a late duplicate does not bring a word back.
-- id strong verb("look", "erase") line former_addresses... -> {ids, whole addresses, kept addresses, touches, matters}
local strong, erases, line = tonumber(ARGV[2]), ARGV[3] == 'erase', ARGV[4]
local root = root_of(ARGV[1])
local ids, hashes = group_of(root)
local mine, sure, left = {}, {}, {}
for _, id in ipairs(ids) do mine[id] = true end

local function add(address, percent)
  if sure[address] == nil then left[#left + 1] = address end
  sure[address] = math.max(sure[address] or 0, percent)
end
for _, flat in ipairs(hashes) do
  for f = 1, #flat, 2 do
    if string.sub(flat[f], 1, 1) == '@' then add(string.sub(flat[f], 2), tonumber(flat[f + 1])) end
  end
end
for a = 5, #ARGV do add(ARGV[a], 0) end

-- Is anybody else linked? And which plus-tagged addresses are the same mailbox?
local function others(address)
  local flat, shared, kin = call('HGETALL', 'i' .. address), false, {}
  for f = 1, #flat, 2 do
    local sign = string.sub(flat[f], 1, 1)
    if sign == '~' then
      kin[#kin + 1] = string.sub(flat[f], 2)
    elseif sign ~= '=' and not mine[flat[f]] then
      shared = true
    end
  end
  return shared, kin
end
for _, address in ipairs({unpack(left)}) do
  local shared, kin = others(address)
  if sure[address] >= strong and not shared then
    for _, tagged in ipairs(kin) do
      if not others(tagged) then add(tagged, sure[address]) end
    end
  end
end

-- First what goes, then that it goes: a chat found by a matter may lead to further matters.
local matters, heads, foreign, whole, at = {}, {}, {}, {}, 1
while left[at] do
  local address = left[at]
  whole[address] = sure[address] >= strong and not others(address)
  for _, id in ipairs(call('ZRANGE', 'o' .. address, 0, -1)) do
    local text = not heads[id] and call('HGET', 'm' .. id, 'h')
    if text then
      local head = cjson.decode(text)
      local owner = head.is[6]
      if mine[owner] or (owner == '' and whole[address]) then
        matters[#matters + 1] = id
        heads[id] = head
        for _, other in pairs(head.who) do
          if string.sub(other, 1, 1) == 'h' and not others(other) then add(other, 100) end
        end
      elseif whole[address] then
        foreign[#foreign + 1] = {id, address, text}
      end
    end
  end
  at = at + 1
end

local function forget_ticket(digits, address)
  if digits and (not address or call('HGET', 'k' .. digits, 'a') == address) then call('DEL', 'k' .. digits) end
end
local erased, kept, touches = {}, {}, 0
if erases then
  for _, id in ipairs(matters) do
    for _, address in pairs(heads[id].who) do call('ZREM', 'o' .. address, id) end
    forget_ticket(call('GET', 'q' .. id))
    call('DEL', 'm' .. id, 'a' .. id, 'q' .. id)
    call('ZREM', 'x', id)
  end
  -- A matter of somebody else that was found by this address, too, is found by it no more.
  for _, found in ipairs(foreign) do
    local id, address, who = found[1], found[2], {}
    local text = call('HGET', 'm' .. id, 'h')
    for _, other in pairs(cjson.decode(text).who) do
      if other ~= address then who[#who + 1] = other end
    end
    local list = who[1] and cjson.encode(who) or '[]'
    local from, to = string.find(text, '"who":'), string.find(text, ',"is":[', 1, true)
    call('HSET', 'm' .. id, 'h', string.sub(text, 1, from + 5) .. list .. string.sub(text, to))
  end
end
for _, address in ipairs(left) do
  if whole[address] then
    erased[#erased + 1] = address
    touches = touches + call('LLEN', 't' .. address)
    if erases then
      for _, digits in ipairs(call('ZRANGE', 'r' .. address, 0, -1)) do forget_ticket(digits, address) end
      call('UNLINK', 't' .. address, 'i' .. address, 'o' .. address, 'r' .. address, 'w' .. address)
      local name, domain = string.match(address, '^(e[^+@]+)%+[^@]*(@.+)$')
      if name then call('HDEL', 'i' .. name .. domain, '~' .. address) end
    end
  else
    kept[#kept + 1] = address
    if erases then
      for _, id in ipairs(ids) do call('HDEL', 'i' .. address, id) end
    end
    for _, entry in ipairs(call('LRANGE', 't' .. address, 0, -1)) do
      local owner = cjson.decode(entry)[8]
      if owner and mine[owner] then
        if erases then call('LREM', 't' .. address, 1, entry) end
        touches = touches + 1
      end
    end
  end
end
if erases then
  for _, id in ipairs(ids) do call('DEL', 'c' .. id, 'u' .. id) end
  call('RPUSH', 'U', line)
end
return {ids, erased, kept, touches, matters}
