local core = ...
local text = core.require "schema.sql.text"

local function definition(o) return (o.definition:gsub(";$", "")) end

-- CREATE OR REPLACE may only append columns.
local function only_appends(new, old)
  for i, column in ipairs(old._columns) do
    if new._columns[i] ~= column then return false end
  end
  return true
end

local function create(o, replace)
  return ("CREATE %sVIEW %s%s AS\n%s"):format(replace and "OR REPLACE " or "", o.name,
    o.options and " WITH " .. text.options(o.options) or "", definition(o))
end

return {
  kind  = "VIEW",
  rank  = 80,
  found_in = "pg_class v",
  certain = "definition",
  expressions = { "definition" },
  acl   = "r",
  query = [[
SELECT @address(pg_class, c.oid, 0) AS _address, format('%I.%I', n.nspname, c.relname) AS name,
       quote_ident(pg_get_userbyid(c.relowner)) AS owner, pg_get_viewdef(c.oid) AS definition, c.reloptions AS options,
       ARRAY(SELECT format('%I %s %s', a.attname, format_type(a.atttypid, a.atttypmod), a.attcollation)
               FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 ORDER BY a.attnum) AS _columns
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'v' AND c.relpersistence <> 't' AND @ours(n) AND @own(pg_class, c.oid)]],

  names = function(o) return { "relation " .. o.name, "type " .. o.name } end,
  create = function(o) return create(o, false) end,
  can_alter = only_appends,
  alter = {
    definition = function(new) return create(new, true) end,
    options = function(new, old) return text.change_options("ALTER VIEW " .. new.name, old.options, new.options, "") end,
  },
}
