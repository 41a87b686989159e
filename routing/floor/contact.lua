-- needs: group
-- What is known of a contact, added to its record; from its end on (ended > 0) it is in its day. An outcome that is there stays.
-- id ended story {field value}... -> 1; story: a line for its story, or '', once. `matter` and `identity` are ways to find it, and not in the record.
local id, ended, story, fields = ARGV[1], tonumber(ARGV[2]), ARGV[3], {}
for a = 4, #ARGV, 2 do
  local name, value = ARGV[a], ARGV[a + 1]
  if name == 'matter' then
    if value ~= '' then call('SET', P .. 'm:' .. value, id, 'PX', INDEX_MS) end
  elseif name == 'identity' then
    if value ~= '' then index('i:' .. value, id) end
  elseif name == 'outcome' then
    call('HSETNX', P .. 'c:' .. id, name, value)
  elseif value ~= '' then
    if name == 'customer' then index('c:' .. value, id) end
    fields[#fields + 1] = name
    fields[#fields + 1] = value
  end
end
local log = P .. 'log:' .. id
if story ~= '' and not call('LPOS', log, story) and call('RPUSH', log, story) == 1 then call('PEXPIRE', log, STORY_MS) end
if ended > 0 then
  record(id, ended, fields)
elseif #fields > 0 then
  call('HSET', P .. 'c:' .. id, unpack(fields))
end
return 1
