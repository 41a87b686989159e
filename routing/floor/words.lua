-- needs: group
-- What was said in one piece of a recording. contact sound now kept_ms line... -> 1; 0 where the recording is to be forgotten, or has them
local name, sound, talk = P .. 'recording:' .. ARGV[1], ARGV[2], P .. 'talk:' .. ARGV[1]
call('ZREM', P .. 'wordless', ARGV[1] .. ' ' .. sound)
if call('HEXISTS', name, 'p' .. sound) == 0 or call('HEXISTS', name, 'forgotten') == 1 or call('HSETNX', name, 'w' .. sound, 1) == 0 then
  return 0
end
for at = 5, #ARGV do
  call('RPUSH', talk, ARGV[at])
  emit('transcript.line', tonumber(ARGV[3]), ARGV[at])
end
if #ARGV > 4 then call('PEXPIRE', talk, ARGV[4]) end
return 1
