local core = ...
local Edit = core.require "lint.fix.edit"

return {
  id       = "truncate-cascade",
  aliases  = { "ban-truncate-cascade" },
  group    = "lock",
  severity = "error",
  summary  = "TRUNCATE ... CASCADE also empties all tables that reference the table",
  why      = [[
TRUNCATE ... CASCADE takes ACCESS EXCLUSIVE on the table and on all tables that reference it by foreign keys, directly or
through other tables, and deletes all their rows, whatever their ON DELETE says.]],
  fix      = [[
Name all tables that you want to empty, without CASCADE. PostgreSQL then refuses the statement if one is missing.]],

  check = function(stmt, ctx)
    local top = stmt.tree
    if top.tag ~= "TruncateStmt" or top.behavior ~= "DROP_CASCADE" then return end
    for _, relation in ipairs(top.relations) do
      if not ctx:is_new(relation) then
        return ctx:report { at = relation,
                            message = ("TRUNCATE ... CASCADE deletes all rows of %s and of all tables that reference it"):format(relation.relname),
                            fix = Edit.new(stmt):part(1, #stmt.tokens - 1) .. ", …;" }
      end
    end
  end,

  bad = { "TRUNCATE users CASCADE;", "TRUNCATE TABLE app.users, orders RESTART IDENTITY CASCADE;" },
  good = { "TRUNCATE users, orders;", "CREATE TABLE users (id int); TRUNCATE users CASCADE;" },
}
