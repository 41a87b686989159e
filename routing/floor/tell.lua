-- needs: group
-- An event of one's own: kind now data contact -> 1
emit(ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4])
return 1
