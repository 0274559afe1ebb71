local core = ...
local tree = core.require "lint.tree"

local REPACK = 190000 -- the first version that has this command

return {
  id       = "vacuum-full",
  aliases  = { "prefer-repack", "cluster", "L22" },
  group    = "lock",
  severity = "error",
  summary  = "VACUUM FULL and CLUSTER rewrite the table while reads and writes wait",
  why      = [[
VACUUM FULL and CLUSTER take ACCESS EXCLUSIVE and keep it while they copy all rows into a new file and build all indexes
again. They need space for the copy.]],
  fix      = [[
VACUUM makes the space free for new rows, and blocks nothing. The extension pg_repack makes the file smaller or orders
it, and takes ACCESS EXCLUSIVE for a moment only.]],

  check = function(stmt, ctx)
    local top = stmt.tree
    local verb = top.tag == "ClusterStmt" and "CLUSTER"
                 or top.tag == "VacuumStmt" and top.is_vacuumcmd and tree.option(top.options, "full") and "VACUUM FULL"
    if not verb then return end
    local relations = { top.relation }
    for i, each in ipairs(top.rels or {}) do relations[i] = each.relation end
    local not_as = ctx.version < REPACK and "prefer-repack" or nil
    if #relations == 0 then
      return ctx:report { not_as = not_as, message = ("%s without a table rewrites all tables while reads and writes of each wait"):format(verb) }
    end
    for _, relation in ipairs(relations) do
      if not ctx:is_new(relation) then
        ctx:report { at = relation, relation = relation, not_as = not_as,
                     message = ("%s rewrites %s while reads and writes wait"):format(verb, relation.relname) }
      end
    end
  end,

  bad = { "VACUUM FULL users;", "VACUUM (ANALYZE, FULL) app.users;", "CLUSTER users USING users_pkey;", "VACUUM FULL;" },
  good = {
    "VACUUM users;",
    "VACUUM (FULL off, ANALYZE) users;",
    "CREATE TABLE users (id int PRIMARY KEY); CLUSTER users USING users_pkey;",
  },
}
