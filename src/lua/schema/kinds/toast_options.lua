-- The options toast.* of a table.  PostgreSQL keeps them only if the table has a column whose values can be long, so they
-- are set after such a column is added.
local core = ...
local relation = core.require "schema.sql.relation"
local text = core.require "schema.sql.text"

local function change(o, old, new) return text.change_options("ALTER TABLE " .. o.relation, old, new, "toast.") end

return {
  kind  = "TOAST OPTIONS",
  rank  = 58,
  found_in = "pg_class r",
  query = [[
SELECT @address(pg_class, t.oid, 0) AS _address, @address(pg_class, c.oid, 0) AS _table,
       format('%I.%I', n.nspname, c.relname) AS name, format('%I.%I', n.nspname, c.relname) AS relation, t.reloptions AS options
  FROM pg_class c JOIN pg_class t ON t.oid = c.reltoastrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND t.reloptions IS NOT NULL AND @ours(n) AND @own(pg_class, c.oid)]],

  finish = function(snapshot)
    for _, o in ipairs(snapshot.of_kind "TOAST OPTIONS") do
      o.table._toast_options = o.options
      relation.after_columns(o)
    end
  end,

  joined = function(o) return o.table end,
  create = function(o) return change(o, nil, o.options) end,
  drop = function(o) return change(o, o.options, nil) end,
  alter = { options = function(new, old) return change(new, old.options, new.options) end },
}
