-- needs: group
-- A customer with everybody merged into him. id -> {root, ids, hashes}
local root = root_of(ARGV[1])
return {root, group_of(root)}
