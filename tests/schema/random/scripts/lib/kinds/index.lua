local pick = require "pick"
local names = require "names"
local types = require "types"
local columns = require "columns"
local expressions = require "expressions"

local methods = { "btree", "btree", "btree", "hash", "gin", "gist", "brin", "spgist" }

-- Options that only some methods have.
local options = { btree = { "fillfactor = 50", "deduplicate_items = off" }, hash = { "fillfactor = 60" }, gin = { "fastupdate = off" },
                  gist = { "buffering = on", "fillfactor = 70" }, brin = { "pages_per_range = 8", "autosummarize = on" }, spgist = { "fillfactor = 80" } }

-- An operator class of the schema for the type of a column, or nil.
local function own_class(world, t)
  for _, class in ipairs(world:all { "operator class" }) do
    if class.type == t.base and not t.array then return class end
  end
end

local function make_keys(o, world)
  local all = columns.of(o.table)
  o.keys, o.using, o.options = {}, pick.one(methods), nil
  for i, column in ipairs(pick.some(all, 1, o.using == "btree" and 3 or 1)) do
    o.keys[i] = pick.chance(20) and expressions.value(world, { column }) or { column = column }
    local class = o.using == "hash" and own_class(world, column.type)
    if class and not o.keys[i].template then o.keys[i].own_class = class end
    if o.using == "btree" then
      o.keys[i].order = pick.maybe(30, pick.one { " DESC", " NULLS FIRST", " DESC NULLS LAST" })
      o.keys[i].collation = types.is_string(column.type) and pick.maybe(20, ' COLLATE pg_catalog."C"') or nil
      o.keys[i].class = types.is_string(column.type) and pick.maybe(20, " text_pattern_ops") or nil
    end
  end
end

local aspects = {
  function(o) o.unique = o.using == "btree" and not o.unique or nil end,
  function(o, world) o.where = not o.where and expressions.condition(world, columns.of(o.table)) or nil end,
  function(o) o.include = o.using == "btree" and not o.include and pick.one(columns.of(o.table)) or nil end,
  function(o) o.options = not o.options and pick.one(options[o.using]) or nil end,
  function(o) o.nulls = not o.nulls and " NULLS NOT DISTINCT" or nil end,
  function(o, world) o.extension = not o.extension and world:any "extension" or nil end,
  function(o) o.statistics = not o.statistics and pick.one { 50, 500 } or nil end,
  function(o) o.cluster = o.table.kind == "table" and not o.cluster or nil end,
  function(o) o.identity = o.table.kind == "table" and o.unique and not o.identity or nil end,
}

return {
  kind = "index", weight = 12, no_owner = true,
  phrase = function(o) return "INDEX " .. names.of { schema = o.table.schema, name = o.name } end,
  make = function(world)
    local o = { name = world:name(), table = world:any("table", "table", "partition", "materialized view") }
    if not o.table or #columns.of(o.table) == 0 then return nil end
    make_keys(o, world)
    for _ = 1, pick.chance(40) and 2 or 0 do pick.one(aspects)(o, world) end
    return o
  end,
  change = function(o, world)
    if pick.chance(30) then make_keys(o, world) else pick.one(aspects)(o, world) end
  end,
  sql = function(o)
    local keys, list = {}, {}
    for i, key in ipairs(o.keys) do
      keys[i] = (key.template and ("(%s)"):format(expressions.sql(key)) or names.quote(key.column.name))
        .. (key.own_class and " " .. names.of(key.own_class) or "") .. (key.collation or "") .. (key.class or "") .. (key.order or "")
    end
    list[1] = ("CREATE %sINDEX %s ON %s USING %s (%s)%s%s%s%s"):format(o.unique and "UNIQUE " or "", names.quote(o.name), names.of(o.table),
      o.using, table.concat(keys, ", "), o.include and (" INCLUDE (%s)"):format(names.quote(o.include.name)) or "", o.unique and o.nulls or "",
      o.options and (" WITH (%s)"):format(o.options) or "", o.where and " WHERE " .. expressions.sql(o.where) or "")
    if o.extension then
      list[2] = ("ALTER INDEX %s DEPENDS ON EXTENSION %s"):format(names.of { schema = o.table.schema, name = o.name }, names.quote(o.extension.name))
    end
    local alter = "ALTER TABLE " .. names.of(o.table)
    if o.cluster then list[#list + 1] = ("%s CLUSTER ON %s"):format(alter, names.quote(o.name)) end
    for i, key in ipairs(o.keys) do
      if key.template and o.statistics then
        list[#list + 1] = ("ALTER INDEX %s ALTER COLUMN %d SET STATISTICS %d"):format(names.of { schema = o.table.schema, name = o.name }, i, o.statistics)
      end
    end
    if o.identity then list[#list + 1] = ("%s REPLICA IDENTITY USING INDEX %s"):format(alter, names.quote(o.name)) end
    return list
  end,
}
