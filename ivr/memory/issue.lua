-- A ticket: the first free number of those drawn. One alive a matter: a new one takes the place of the former.
-- address matter customer confidence now life_ms limit window_ms digits... -> {'ok', digits} or {'rate', free_again_at}
local call = redis.call
local issued, now, life, window = 'r' .. ARGV[1], tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[8])
call('ZREMRANGEBYSCORE', issued, '-inf', now - window)
if call('ZCARD', issued) >= tonumber(ARGV[7]) then
  local oldest = call('ZRANGE', issued, 0, 0, 'WITHSCORES')
  return {'rate', tonumber(oldest[2]) + window}
end
local former = call('GET', 'q' .. ARGV[2])
if former then call('DEL', 'k' .. former) end
for d = 9, #ARGV do
  local key = 'k' .. ARGV[d]
  local held = call('HGET', key, 'until')
  if not held or tonumber(held) <= now then
    call('DEL', key)
    call('HSET', key, 'until', string.format('%.0f', now + life), 'm', ARGV[2], 'a', ARGV[1], 'c', ARGV[3], 'p', ARGV[4])
    call('SET', 'q' .. ARGV[2], ARGV[d], 'PX', 2 * life)
    call('ZADD', issued, now, ARGV[d])
    -- The server's own clock only sweeps up; whether a ticket is good is judged by the time given.
    call('PEXPIRE', key, 2 * life)
    call('PEXPIRE', issued, 2 * window)
    return {'ok', ARGV[d]}
  end
end
return {'none'}
