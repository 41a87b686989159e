-- A matter as it stands after a turn: compare and set by version and mark; its ledger keeps every answer whoever was first.
-- id base_version base_mark version mark header state score due addresses[ known_lines] address... line...
-- -> {1} written (or it was already), {0, {v, n, h, s}, ledger} another one was first
local call = redis.call
local id, key, ledger = ARGV[1], 'm' .. ARGV[1], 'a' .. ARGV[1]
local addresses, known = string.match(ARGV[10], '^(%d+) ?(%d*)$')
addresses = tonumber(addresses)
local MARKS = 4 -- former ones that are known again
local have = call('HMGET', key, 'v', 'n', 'w')

-- The same write again: a retry after a time-out, or the journal.
local again = have[1] == ARGV[4] and have[2] == ARGV[5]
local fits = again or (not have[1] and ARGV[2] == '0') or (have[1] == ARGV[2] and have[2] == ARGV[3])

-- Forgotten meanwhile, and it stays forgotten.
if not have[1] and ARGV[2] ~= '0' then return {0, {false, false, false, false}, {}} end

-- Whoever was outrun from a version that was written here has answered in time what nobody else has answered since; whoever was
-- outrun earlier already (an outage) spoke of a matter that is not this one any more.
local since, answered = false, {}
if not fits then
  for mark in string.gmatch(have[3] or '', '%S+') do since = since or mark == ARGV[3] end
  for _, line in ipairs(since and known ~= '' and call('LRANGE', ledger, known, -1) or {}) do
    local entry = cjson.decode(line)
    -- The eighth may be where the sound is; the mark of a late one comes last.
    if entry[8] ~= 1 and entry[9] ~= 1 then answered[entry[2]] = true end
  end
end

-- A line comes without its end: what was answered too late is marked late.
for l = 11 + addresses, #ARGV do
  local plain, late = ARGV[l] .. ']', ARGV[l] .. ',1]'
  if not call('LPOS', ledger, plain) and not call('LPOS', ledger, late) then
    local counts = fits or (since and known ~= '' and not answered[cjson.decode(plain)[2]])
    call('RPUSH', ledger, counts and plain or late)
  end
end
if not fits then
  return {0, call('HMGET', key, 'v', 'n', 'h', 's'), call('LRANGE', ledger, 0, -1)}
end
if not again then
  local marks = {}
  for mark in string.gmatch((have[2] or '') .. ' ' .. (have[3] or ''), '%S+') do
    if #marks < MARKS then marks[#marks + 1] = mark end
  end
  call('HSET', key, 'v', ARGV[4], 'n', ARGV[5], 'h', ARGV[6], 's', ARGV[7], 'w', table.concat(marks, ' '))
  for a = 11, 10 + addresses do call('ZADD', 'o' .. ARGV[a], ARGV[8], id) end
  call('ZADD', 'x', ARGV[9], id)
end
return {1}
