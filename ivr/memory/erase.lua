-- needs: group
-- Forget a customer. What came by an identity that is surely his and nobody else's goes whole; of one that is shared, weak, or was
-- his once, only what bears his name. The seen-set keeps its integers, so that a late duplicate does not bring a word back.
-- id strong line former_addresses... -> {ids, erased addresses, kept addresses, touches, matters}
local strong, line = tonumber(ARGV[2]), ARGV[3]
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
for a = 4, #ARGV do add(ARGV[a], 0) end

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

local touches, matters = 0, 0
local function forget_matter(id, anyhow)
  local text = call('HGET', 'm' .. id, 'h')
  if not text then return false end
  local head = cjson.decode(text)
  local owner = head.is[6]
  if owner ~= '' and not mine[owner] then return false end
  if owner == '' and not anyhow then return false end
  for _, address in pairs(head.who) do call('ZREM', 'o' .. address, id) end
  local digits = call('GET', 'q' .. id)
  if digits then call('DEL', 'k' .. digits) end
  call('DEL', 'm' .. id, 'a' .. id, 'q' .. id)
  call('ZREM', 'x', id)
  matters = matters + 1
  return true
end

local erased, kept = {}, {}
for _, address in ipairs(left) do
  local whole = sure[address] >= strong and not others(address)
  for _, id in ipairs(call('ZRANGE', 'o' .. address, 0, -1)) do forget_matter(id, whole) end
  if whole then
    erased[#erased + 1] = address
    touches = touches + call('LLEN', 't' .. address)
    call('UNLINK', 't' .. address, 'i' .. address, 'o' .. address, 'r' .. address, 'w' .. address)
    local name, domain = string.match(address, '^(e[^+@]+)%+[^@]*(@.+)$')
    if name then call('HDEL', 'i' .. name .. domain, '~' .. address) end
  else
    kept[#kept + 1] = address
    for _, id in ipairs(ids) do call('HDEL', 'i' .. address, id) end
    for _, entry in ipairs(call('LRANGE', 't' .. address, 0, -1)) do
      local owner = cjson.decode(entry)[8]
      if owner and mine[owner] then
        call('LREM', 't' .. address, 1, entry)
        touches = touches + 1
      end
    end
  end
end
for _, id in ipairs(ids) do call('DEL', 'c' .. id, 'u' .. id) end
call('RPUSH', 'U', line)
return {ids, erased, kept, touches, matters}
