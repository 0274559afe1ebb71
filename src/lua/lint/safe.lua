-- safe.lua: the safe way of a statement, as SQL.

local core = ...
local Edit = core.require "lint.fix.edit"
local tree = core.require "lint.tree"

local safe = {}

local suffix = { CONSTR_CHECK = "check", CONSTR_FOREIGN = "fkey", CONSTR_UNIQUE = "key", CONSTR_PRIMARY = "pkey",
                 CONSTR_EXCLUSION = "excl" }

-- The name of a constraint, or the one that PostgreSQL would give it.
function safe.constraint_name(relation, constraint, column)
  if constraint.conname then return tree.quoted(constraint.conname) end
  local parts = { relation.relname }
  if constraint.contype ~= "CONSTR_PRIMARY" then
    for _, key in ipairs(constraint.fk_attrs or constraint.keys or { column }) do parts[#parts + 1] = key end
    for _, included in ipairs(constraint.including or {}) do parts[#parts + 1] = included end
  end
  parts[#parts + 1] = suffix[constraint.contype]
  return tree.quoted(table.concat(parts, "_"))
end

-- The text of a constraint that is the only command of an ALTER TABLE, without its name; nil for one of several.
local function definition(stmt, constraint)
  if #stmt.tree.cmds > 1 or not constraint.location then return nil end
  local edit = Edit.new(stmt)
  local n = edit:at(constraint.location)
  return edit:part(constraint.conname and n + 2 or n, #stmt.tokens)
end

local general = { CONSTR_CHECK = "CHECK (…)", CONSTR_FOREIGN = "FOREIGN KEY (…) REFERENCES …" }

-- Adds a constraint without reading the table, and validates it later.
function safe.not_valid(stmt, constraint)
  local relation = stmt.tree.relation
  local on, name = tree.sql_name(relation), safe.constraint_name(relation, constraint)
  return ("ALTER TABLE %s ADD CONSTRAINT %s %s NOT VALID;\nALTER TABLE %s VALIDATE CONSTRAINT %s;  -- in a later transaction")
         :format(on, name, definition(stmt, constraint) or general[constraint.contype], on, name)
end

local function list(names)
  local quoted = {}
  for i, name in ipairs(names) do quoted[i] = tree.quoted(name) end
  return table.concat(quoted, ", ")
end

-- Builds the index of a unique constraint or primary key first.
function safe.using_index(relation, constraint, column)
  local on, name = tree.sql_name(relation), safe.constraint_name(relation, constraint, column)
  local kind = constraint.contype == "CONSTR_PRIMARY" and "PRIMARY KEY" or "UNIQUE"
  local keys = constraint.keys or { column }
  local include = constraint.including and (" INCLUDE (%s)"):format(list(constraint.including)) or ""
  return ("CREATE UNIQUE INDEX CONCURRENTLY %s ON %s (%s)%s;\nALTER TABLE %s ADD CONSTRAINT %s %s USING INDEX %s;")
         :format(name, on, list(keys), include, on, name, kind, name)
end

-- Adds a column without its constraint or default, which follow.
function safe.column(relation, column)
  return ("ALTER TABLE %s ADD COLUMN %s %s;"):format(tree.sql_name(relation), tree.quoted(column.colname), tree.type_sql(column.typeName))
end

return safe
