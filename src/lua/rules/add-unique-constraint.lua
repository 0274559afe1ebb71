local core = ...
local constraint_rewrite = core.require "lint.fix.constraint"
local safe = core.require "lint.safe"
local tree = core.require "lint.tree"

local function report(ctx, relation, constraint, fix)
  ctx:report { at = constraint, relation = relation, fix = fix,
               message = ("the unique constraint builds an index on %s while reads and writes wait"):format(relation.relname) }
end

-- Can CREATE UNIQUE INDEX (columns) INCLUDE (columns) build the index?
local function is_simple(top)
  local def = #top.cmds == 1 and top.cmds[1].subtype == "AT_AddConstraint" and top.cmds[1].def
  return def and def.keys and not (def.options or def.indexspace or def.nulls_not_distinct or top.missing_ok) and def
end

return {
  id       = "add-unique-constraint",
  aliases  = { "disallowed-unique-constraint", "E7", "PG105", "add_unique_constraint", "L09" },
  group    = "lock",
  severity = "error",
  summary  = "a new unique constraint builds its index while reads and writes wait",
  why      = [[
ADD CONSTRAINT ... UNIQUE takes ACCESS EXCLUSIVE and keeps it while it reads the table and builds the index. SELECT,
INSERT, UPDATE and DELETE wait. UNIQUE on a new column does the same.]],
  fix      = [[
Build the index with CREATE UNIQUE INDEX CONCURRENTLY, then add the constraint with USING INDEX, which changes the
catalog only.]],

  check = function(stmt, ctx)
    for command in ctx:alter_table(stmt) do
      local relation, def = stmt.tree.relation, command.def
      local unique = command.subtype == "AT_AddColumn" and tree.constraint(def, "CONSTR_UNIQUE")
      if unique then
        report(ctx, relation, unique, safe.column(relation, def) .. "\n" .. safe.using_index(relation, unique, def.colname))
      elseif command.subtype == "AT_AddConstraint" and def.contype == "CONSTR_UNIQUE" and not def.indexname then
        report(ctx, relation, def, safe.using_index(relation, def))
      end
    end
  end,

  rewrite = function(stmt, ctx, edit)
    local relation, def = stmt.tree.relation, is_simple(stmt.tree)
    local name = def and constraint_rewrite.name_of(relation, def)
    if not name or ctx:is_partitioned(relation) then return nil end
    local unique = edit:find("unique", edit:at(def.location))
    local last = edit:close(unique + 1)
    if def.including then last = edit:close(edit:find("(", last + 1)) end
    local index = edit:part(unique + 1, last)
    edit:replace(unique + 1, last, ("%s %s"):format(edit:keyword "USING INDEX", name))
    if not def.conname then edit:insert_before(unique, ("%s %s"):format(edit:keyword "CONSTRAINT", name)) end
    return ("%s %s %s %s %s;\n%s"):format(edit:keyword "CREATE UNIQUE INDEX CONCURRENTLY", name, edit:keyword "ON",
                                          tree.sql_name(relation), index, edit:text())
  end,

  rewrites = {
    { "ALTER TABLE users ADD CONSTRAINT users_email UNIQUE (email);",
      [[
CREATE UNIQUE INDEX CONCURRENTLY users_email ON users (email);
ALTER TABLE users ADD CONSTRAINT users_email UNIQUE USING INDEX users_email;]] },
    { "alter table users add unique (tenant, email) include (name) deferrable;",
      [[
create unique index concurrently users_tenant_email_name_key on users (tenant, email) include (name);
alter table users add constraint users_tenant_email_name_key unique using index users_tenant_email_name_key deferrable;]] },
  },

  bad = {
    "ALTER TABLE users ADD CONSTRAINT users_email UNIQUE (email);",
    "ALTER TABLE users ADD UNIQUE (tenant, email);",
    "ALTER TABLE users ADD COLUMN email text UNIQUE;",
  },
  good = {
    "ALTER TABLE users ADD CONSTRAINT users_email UNIQUE USING INDEX users_email;",
    "CREATE TABLE users (email text); ALTER TABLE users ADD UNIQUE (email);",
  },
}
