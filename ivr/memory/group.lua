-- Customers as groups. Begins every script that needs it.
-- A merge is an edge and nothing else: '>' in a customer's hash names whom it was merged into, '<id' there names it back.
local call = redis.call
local DEEPEST = 64

local function root_of(id)
  for _ = 1, DEEPEST do
    local up = call('HGET', 'c' .. id, '>')
    if not up then return id end
    id = up
  end
  return id
end

-- The ids of everybody merged into `root`, itself first, and their hashes (flat, as HGETALL gives them).
local function group_of(root)
  local ids, hashes, at = {root}, {}, 1
  while ids[at] do
    local flat = call('HGETALL', 'c' .. ids[at])
    hashes[at] = flat
    for f = 1, #flat, 2 do
      if string.sub(flat[f], 1, 1) == '<' then ids[#ids + 1] = string.sub(flat[f], 2) end
    end
    at = at + 1
  end
  return ids, hashes
end

-- Percent of a link as the identity's hash spells it: "90 ticket 1700000000000".
local function percent_of(link)
  return tonumber(string.match(link, '^%d+'))
end
