local core = ...
local find = core.require "lint.find"
local replaced = core.require "lint.replaced"

local function grants(statement)
  local tag = statement.tree.tag
  return { (tag == "GrantStmt" or tag == "AlterDefaultPrivilegesStmt") and "grant" or nil }
end

local function grants_after(ctx) return find.after(ctx.statements, grants, "grant", ctx.index)() ~= nil end

return {
  id       = "replaced-without-grants",
  aliases  = { "B13", "drop-and-create-loses-grants" },
  group    = "robust",
  severity = "warning",
  summary  = "DROP and CREATE of a view or function loses its privileges, owner and comment",
  why      = [[
The new object belongs to the role that runs the migration and has default privileges only: roles that had a GRANT fail,
and every role can execute a new function. CREATE OR REPLACE keeps owner and privileges.]],
  fix      = [[
Use CREATE OR REPLACE. For a view, it can add columns at the end; for a function, it can change neither the result type
nor the names of arguments. Otherwise repeat GRANT, ALTER ... OWNER TO and COMMENT after CREATE.]],

  check = function(stmt, ctx)
    local objects = replaced.dropped(stmt.tree)
    if #objects == 0 or grants_after(ctx) then return end
    for _, object in ipairs(objects) do
      local by = not replaced.is_new(ctx, object, ctx.index) and replaced.by(ctx, object, ctx.index)
      if by and by.signature == (object.signature or by.signature) then
        ctx:report { message = ("DROP and CREATE of the %s %s loses its privileges, owner and comment"):format(object.kind, object.name),
                     fix = object.kind == "materialized view" and "Repeat GRANT after CREATE."
                           or ("CREATE OR REPLACE %s %s …, or GRANT after CREATE"):format(object.kind:upper(), object.name) }
      end
    end
  end,

  bad = {
    "DROP VIEW active_users; CREATE VIEW active_users AS SELECT 1 AS id;",
    "DROP FUNCTION IF EXISTS total(int); CREATE FUNCTION total(x int) RETURNS int LANGUAGE sql AS 'SELECT 1';",
    "DROP MATERIALIZED VIEW totals; CREATE MATERIALIZED VIEW totals AS SELECT 1 AS n;",
  },
  good = {
    "CREATE OR REPLACE VIEW active_users AS SELECT 1 AS id;",
    "DROP VIEW v; CREATE VIEW v AS SELECT 1 AS id; GRANT SELECT ON v TO reader;",
    "DROP VIEW v;",
  },
}
