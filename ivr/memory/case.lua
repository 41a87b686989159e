-- needs: known
-- Everything for whoever takes somebody over, in one round trip: who it is, the matter with what was said of it by its other addresses, the customer
-- who had proved to be it. Each may be unknown ('').
-- address kin now touches strong_percent matter customer -> {who | false, matter | false, {{address, entries}...}, {ids, hashes} | false}
local address, count, thread = ARGV[1], tonumber(ARGV[4]), {}
local who = address ~= '' and who_is(address, ARGV[2], ARGV[3], count, tonumber(ARGV[5]))
local matter = ARGV[6] ~= '' and matter_of(ARGV[6])
local header = matter and matter[2][3]
if header then
  for _, other in ipairs(cjson.decode(header).who) do
    if other ~= address then thread[#thread + 1] = touches_of(other, count) end
  end
end
local customer = false
if ARGV[7] ~= '' then
  local ids, hashes = group_of(root_of(ARGV[7]))
  customer = {ids, hashes}
end
return {who, matter, thread, customer}
