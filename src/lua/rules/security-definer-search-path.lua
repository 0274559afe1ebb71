local core = ...
local find = core.require "lint.find"
local tree = core.require "lint.tree"

local function option(list, name)
  for _, each in ipairs(list or {}) do
    if each.defname == name then return each end
  end
end

local function sets_search_path(options)
  for _, each in ipairs(options or {}) do
    if each.defname == "set" and each.arg.name == "search_path" then return true end
  end
  return false
end

local function altered_functions(statement)
  local top = statement.tree
  return { top.tag == "AlterFunctionStmt" and sets_search_path(top.actions) and tree.name(top.func.objname) or nil }
end

-- Does a later ALTER FUNCTION set it?
local function is_set_later(ctx, name)
  return find.after(ctx.statements, altered_functions, name, ctx.index)() ~= nil
end

return {
  id       = "security-definer-search-path",
  aliases  = {},
  group    = "robust",
  severity = "warning",
  summary  = "a SECURITY DEFINER function does not set search_path",
  why      = [[
The function runs with the rights of its owner, and with the search_path of its caller. The caller can put a table,
function or operator of the same name into a schema that comes first, and it is then used with the owner's rights.
See "Writing SECURITY DEFINER Functions Safely" on the page of CREATE FUNCTION.]],
  fix      = [[
Add SET search_path = pg_catalog, pg_temp to the function, and write the schema before other names.]],

  check = function(stmt, ctx)
    local create = stmt.tree
    if create.tag ~= "CreateFunctionStmt" or create.sql_body then return end -- the names in a BEGIN ATOMIC body are resolved
    local security = option(create.options, "security")
    if not security or not security.arg.boolval or sets_search_path(create.options) then return end
    local name = tree.name(create.funcname)
    if is_set_later(ctx, name) then return end
    ctx:report { at = security, message = ("%s runs with its owner's rights and the caller's search_path"):format(name),
                 fix = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp" }
  end,

  bad = {
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';",
    "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER SET lock_timeout = 1 AS 'SELECT 1';",
  },
  good = {
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1';",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';",
    [[CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
ALTER FUNCTION f() SET search_path = pg_catalog, pg_temp;]],
  },
}
