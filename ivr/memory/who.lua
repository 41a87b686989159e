-- needs: known
-- Who is it, and what is known? One round trip. address kin now touches strong_percent -> as who_is
return who_is(ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]))
