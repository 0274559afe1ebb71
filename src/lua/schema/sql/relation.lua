-- relation.lua: what tables and foreign tables, and their indexes and constraints, have in common.

local core = ...
local facets = core.require "schema.facets"
local text = core.require "schema.sql.text"

local relation = {}

-- The parts of the table of an index; none if the table is a member of an extension.
local function beside(index) return index.table and index.table.parts or {} end

-- Makes an object of a table come after all of its columns, if possible.
function relation.after_columns(o)
  for _, part in ipairs(o.table.parts) do
    if part.kind.kind == "COLUMN" then o.needs[part] = "before" end
  end
end

-- The lines between the parentheses: columns in their order, then constraints. A column of a typed table has a line
-- only for properties that the type does not have. `typed`: the table is of a type.
function relation.lines(parts, typed)
  local columns, constraints, defaults, list = {}, {}, {}, {}
  for _, part in ipairs(parts) do
    if part.kind.kind == "COLUMN" then columns[#columns + 1] = part
    elseif part.kind.kind == "DEFAULT" then defaults[part.column] = part
    elseif part.kind.inline then constraints[#constraints + 1] = part end
  end
  table.sort(columns, function(a, b) return a._position < b._position end)
  for _, column in ipairs(columns) do
    list[#list + 1] = column.kind.inline(column, defaults[column.column], typed)
  end
  for _, constraint in ipairs(constraints) do list[#list + 1] = constraint.kind.inline(constraint) end
  return list
end

-- CLUSTER and REPLICA IDENTITY of an index or of the constraint `name`. Setting one for another index removes it here.
local function taken_over(o, field)
  for _, part in ipairs(beside(o)) do
    if part ~= o and part[field] then return true end
  end
  return false
end

function relation.cluster(o, name)
  if o.clustered then return ("ALTER TABLE %s CLUSTER ON %s"):format(o.relation, name) end
  return taken_over(o, "clustered") and {} or ("ALTER TABLE %s SET WITHOUT CLUSTER"):format(o.relation)
end

function relation.replica_identity(o, name)
  if o.replica_identity then return ("ALTER TABLE %s REPLICA IDENTITY USING INDEX %s"):format(o.relation, name) end
  -- If no index is the replica identity, a field of the table sets it.
  return {}
end

-- The other indexes of the table with the same keys.
function relation.twins(index)
  local list = {}
  local keys = index.kind.keys and index.kind.keys(index)
  for _, part in ipairs(keys and beside(index) or {}) do
    if part ~= index and part.kind.keys and part.kind.keys(part) == keys then list[#list + 1] = part end
  end
  return list
end

-- A kind of index: the field that has the comment of its index, and the statement that sets it.
local function comment_of(index)
  if index.kind.alter.index_comment then return "index_comment", index.kind.alter.index_comment end
  return "comment", facets.alter.comment
end

-- Adds the comments of the indexes below an index.
local function add_comments(list, index, context)
  for _, link in ipairs(index._below or {}) do
    local _, statement = comment_of(link.child)
    if not context.creates[link.child] then list[#list + 1] = statement(link.child) end
    add_comments(list, link.child, context)
  end
end

-- When PostgreSQL rebuilds an index of a partitioned table, it gives the comment of this index to those of the partitions,
-- which get their own ones back here.  `column`: one whose indexes are rebuilt.
function relation.keep_index_comments(list, column, context)
  for _, index in ipairs(column.table.parts) do
    local old = index._below and index.needs[column] and context.from.objects[index.id]
    local field = old and comment_of(index)
    if field and (index[field] or old[field]) then add_comments(list, index, context) end
  end
  return list
end

local function append(list, statements) table.move(statements, 1, #statements, #list + 1, list) end

-- PostgreSQL rebuilds an index without the statistics targets of its expressions and without its dependencies on extensions,
-- also in the tables that inherit the column.
function relation.keep_index_properties(list, column, context)
  for _, index in ipairs(column.table.parts) do
    local stays = index.needs[column] and not context.creates[index]
    if stays and index.kind.kind == "INDEX" and index.statistics then append(list, index.kind.alter.statistics(index)) end
    for _, dependency in ipairs(stays and index._extension_dependencies or {}) do
      if not context.creates[dependency] then list[#list + 1] = dependency.kind.create(dependency) end
    end
  end
  for _, link in ipairs(column.table._heirs or {}) do
    local heir = context.to.objects[("COLUMN %s.%s"):format(link.child.name, column.column)]
    if heir and not context.creates[link] then relation.keep_index_properties(list, heir, context) end
  end
  return list
end

-- The definition of an index or of UNIQUE → the text before its keys, the keys, INCLUDE or "", the rest
function relation.keys(definition)
  local keys, before, rest = text.group(definition)
  local include = rest:find "^ INCLUDE %(" and " INCLUDE " .. text.group(rest) or ""
  return before, keys, include, rest:sub(#include + 1)
end

-- The columns and expressions of an index.  ATTACH PARTITION compares them, but not the order of their values, and operator
-- classes only by their families.
function relation.columns(definition) return text.first_words((text.group(definition))) end

-- ALTER INDEX cannot set the options of a partitioned index.
function relation.can_alter_index(new, old)
  return not (new.table and new.table.partition_key) or table.concat(new.options or {}, ",") == table.concat(old.options or {}, ",")
end

return relation
