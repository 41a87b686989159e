-- A ticket against what it stands for, once. Wrong ones are counted by who tries, and over the house.
-- digits address now tries lock_ms nonce house_tries
-- -> {'ok', matter, address, customer, confidence}, {'wrong', tries_left}, {'locked', until}, {'braked', until}
local call = redis.call
local now, tries, lock = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local key, mine, house = 'k' .. ARGV[1], 'w' .. ARGV[2], 'w'
local locked = tonumber(call('HGET', mine, 'until') or 0)
if locked > now then return {'locked', locked} end
local braked = tonumber(call('HGET', house, 'until') or 0)
if braked > now then return {'braked', braked} end

local t = call('HMGET', key, 'until', 'm', 'a', 'c', 'p', 'used')
-- Used by this very request: its reply was lost, so it is given again.
if t[6] and t[6] == ARGV[6] then return {'ok', t[2], t[3], t[4], t[5]} end
if t[1] and not t[6] and tonumber(t[1]) > now then
  call('HSET', key, 'used', ARGV[6])
  return {'ok', t[2], t[3], t[4], t[5]}
end

local function wrong(who, most)
  local since = tonumber(call('HGET', who, 'since') or 0)
  if since + lock <= now then
    call('DEL', who)
    call('HSET', who, 'since', string.format('%.0f', now))
  end
  local count = call('HINCRBY', who, 'n', 1)
  if count >= most then
    call('DEL', who)
    call('HSET', who, 'until', string.format('%.0f', now + lock))
  end
  call('PEXPIRE', who, 2 * lock)
  return count
end
wrong(house, tonumber(ARGV[7]))
local count = wrong(mine, tries)
if count >= tries then return {'locked', now + lock} end
return {'wrong', tries - count}
