local core = ...
local tree = core.require "lint.tree"

-- DROP INDEX CONCURRENTLY has one name.
local function drop_each(drop)
  local list = {}
  for i, name in ipairs(drop.objects) do
    list[i] = ("DROP INDEX CONCURRENTLY %s%s;"):format(drop.missing_ok and "IF EXISTS " or "", tree.sql_name(name))
  end
  return table.concat(list, "\n")
end

return {
  id       = "drop-index-not-concurrent",
  aliases  = { "require-concurrent-index-deletion", "PG102", "remove_index", "L02" },
  group    = "lock",
  severity = "error",
  summary  = "DROP INDEX without CONCURRENTLY blocks reads and writes of the table",
  why      = [[
DROP INDEX takes an ACCESS EXCLUSIVE lock on the table. It is short, but it waits for every transaction that uses the
table, and all other sessions wait behind it.]],
  fix      = [[
Use DROP INDEX CONCURRENTLY. It waits without blocking others, and cannot run in a transaction.]],

  check = function(stmt, ctx)
    local drop = stmt.tree
    if drop.tag ~= "DropStmt" or drop.removeType ~= "OBJECT_INDEX" or drop.concurrent then return end
    for _, name in ipairs(drop.objects) do
      if not ctx:is_new(name) then
        return ctx:report { message = ("DROP INDEX blocks reads and writes of the table of %s"):format(name[#name]),
                            fix = drop_each(drop) }
      end
    end
  end,

  rewrite = function(stmt, ctx, edit)
    local drop = stmt.tree
    if drop.behavior == "DROP_CASCADE" then return nil end
    local words = edit:keyword(drop.missing_ok and "DROP INDEX CONCURRENTLY IF EXISTS" or "DROP INDEX CONCURRENTLY")
    edit:insert_after(edit:find "index", edit:keyword "CONCURRENTLY")
    for _, name in ipairs(drop.objects) do
      if ctx:is_new(name) then return nil end
    end
    local comma = edit:find ","
    while comma do
      edit:replace(comma, comma, ";\n" .. words)
      comma = edit:find(",", comma + 1)
    end
    return edit:text()
  end,

  rewrites = {
    { "DROP INDEX users_email;", "DROP INDEX CONCURRENTLY users_email;" },
    { "drop index if exists app.a /* old */, b;",
      "drop index concurrently if exists app.a /* old */;\ndrop index concurrently if exists b;" },
  },

  bad = { "DROP INDEX users_email;", "DROP INDEX IF EXISTS app.users_email;" },
  good = {
    "DROP INDEX CONCURRENTLY users_email;",
    "CREATE TABLE t (a int); CREATE INDEX t_a ON t (a); DROP INDEX t_a;",
  },
}
