local core = ...
local replaced = core.require "lint.replaced"

local function message(object, by)
  if not by then return ("programs that use the %s %s fail"):format(object.kind, object.name) end
  if object.signature and by.signature and object.signature ~= by.signature then
    return ("programs that call %s(%s) fail when its arguments are (%s)"):format(object.name, object.signature, by.signature)
  end
end

return {
  id       = "drop-view-or-function",
  aliases  = { "C07", "signature-change" },
  group    = "compat",
  severity = "warning",
  summary  = "programs that use a dropped view, or a function with its old arguments, fail",
  why      = [[
Programs that run when the migration commits still use the view or function. PostgreSQL knows which views depend on it,
but not which programs and functions do.]],
  fix      = [[
Create the new view or function beside the old one; a function can have the same name with other arguments. Drop the old
one when no program uses it.]],

  check = function(stmt, ctx)
    for _, object in ipairs(replaced.dropped(stmt.tree)) do
      local text = not replaced.is_new(ctx, object, ctx.index) and message(object, replaced.by(ctx, object, ctx.index))
      if text then
        ctx:report { message = text, fix = "Keep the old one until no program uses it, and drop it in a later migration." }
      end
    end
  end,

  bad = {
    "DROP VIEW active_users;",
    "DROP FUNCTION total(integer);",
    "DROP FUNCTION total(integer); CREATE FUNCTION total(bigint) RETURNS int LANGUAGE sql AS 'SELECT 1';",
  },
  good = {
    "DROP VIEW v; CREATE VIEW v AS SELECT 1 AS a;",
    "CREATE VIEW v AS SELECT 1 AS a; DROP VIEW v;",
    "DROP FUNCTION f(a int); CREATE FUNCTION f(b int, OUT c text) LANGUAGE sql AS 'SELECT 1';",
  },
}
