local core = ...
local tree = core.require "lint.tree"

return {
  id       = "enum-value-order",
  aliases  = { "require-enum-value-ordering", "B06" },
  group    = "robust",
  severity = "note",
  summary  = "a new enum value without BEFORE or AFTER is the last in the order",
  why      = [[
ORDER BY and comparisons use the order of the values, which cannot be changed later. In databases where the values were
added in another order, the results differ.]],
  fix      = [[
Write BEFORE or AFTER and a value that exists.]],

  check = function(stmt, ctx)
    local alter = stmt.tree
    if alter.tag ~= "AlterEnumStmt" or alter.oldVal or alter.newValNeighbor or ctx:is_new(alter.typeName) then return end
    ctx:report { message = ("'%s' becomes the last value of the type %s"):format(alter.newVal, tree.name(alter.typeName)),
                 fix = stmt.text .. " AFTER '…';" }
  end,

  bad = { "ALTER TYPE status ADD VALUE 'paused';", "ALTER TYPE status ADD VALUE IF NOT EXISTS 'paused';" },
  good = {
    "ALTER TYPE status ADD VALUE 'paused' AFTER 'new';",
    "CREATE TYPE status AS ENUM ('a'); ALTER TYPE status ADD VALUE 'b';",
  },
}
