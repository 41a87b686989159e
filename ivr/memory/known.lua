-- needs: group
-- Who is it, and what is known? Bounded whatever the store holds: so many links, customers, addresses, matters.
local LINKS, CUSTOMERS, ADDRESSES, KIN, MATTERS = 256, 4, 16, 8, 8

-- A matter with its ledger: {id, {v, n, h, s}, ledger}
local function matter_of(id)
  return {id, call('HMGET', 'm' .. id, 'v', 'n', 'h', 's'), call('LRANGE', 'a' .. id, 0, -1)}
end

-- The last touches of an address, oldest first: {address, entries}
local function touches_of(address, count)
  return {address, count > 0 and call('LRANGE', 't' .. address, -count, -1) or {}}
end

-- {language, {{root, percent, link, ids, hashes}...}, {{address, entries}...}, {matter...}, cut}
local function who_is(address, kin, now, count, strong)
  local cut = 0
  local asked, known = {address}, {[address] = true}
  if kin ~= '' then
    asked[2] = kin
    known[kin] = true
  end
  local language, best, roots, at = '', {}, {}, 1
  while asked[at] do
    local flat = call('HGETALL', 'i' .. asked[at])
    for f = 1, math.min(#flat, 2 * LINKS), 2 do
      local field, value = flat[f], flat[f + 1]
      local sign = string.sub(field, 1, 1)
      if field == '=l' then
        if language == '' then language = value end
      elseif sign == '~' then
        local other = string.sub(field, 2)
        if not known[other] and #asked < KIN then
          asked[#asked + 1] = other
          known[other] = true
        end
      else
        local root, percent = root_of(field), percent_of(value)
        -- The same mailbox under another name is a little less sure.
        if at > 1 then percent = math.floor(percent * 0.9) end
        if not best[root] then
          roots[#roots + 1] = root
          best[root] = {percent, value}
        elseif percent > best[root][1] then
          best[root] = {percent, value}
        end
      end
    end
    if #flat > 2 * LINKS then cut = 1 end
    at = at + 1
  end
  table.sort(roots, function(a, b)
    if best[a][1] ~= best[b][1] then return best[a][1] > best[b][1] end
    return a < b
  end)

  -- What came by his other addresses is told only where there is no doubt who it is: one strong customer, not two, not a weak one.
  local certain = roots[1] and best[roots[1]][1] >= strong and not (roots[2] and best[roots[2]][1] >= strong)
  local candidates = {}
  for c, root in ipairs(roots) do
    if c > CUSTOMERS then
      cut = 1
      break
    end
    local ids, hashes = group_of(root)
    candidates[c] = {root, best[root][1], best[root][2], ids, hashes}
    if c == 1 and certain then
      local others = {}
      for _, flat in ipairs(hashes) do
        for f = 1, #flat, 2 do
          local address = string.sub(flat[f], 2)
          if string.sub(flat[f], 1, 1) == '@' and not known[address] and tonumber(flat[f + 1]) >= strong then
            others[#others + 1] = address
            known[address] = true
          end
        end
      end
      for _, address in ipairs(others) do
        if #asked >= ADDRESSES then
          cut = 1
          break
        end
        asked[#asked + 1] = address
      end
    end
  end

  local touches, matters, told = {}, {}, {}
  for a, one in ipairs(asked) do
    touches[a] = touches_of(one, count)
    for _, id in ipairs(call('ZREVRANGEBYSCORE', 'o' .. one, '+inf', '(' .. now, 'LIMIT', 0, MATTERS)) do
      if not told[id] and #matters < MATTERS then
        told[id] = true
        matters[#matters + 1] = matter_of(id)
      end
    end
  end
  return {language, candidates, touches, matters, cut}
end
