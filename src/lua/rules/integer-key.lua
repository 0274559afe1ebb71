local core = ...
local columns = core.require "lint.columns"
local quoted = core.require "lint.quoted"
local tree = core.require "lint.tree"

local wider = { int4 = "bigint", int2 = "bigint", serial = "bigserial", serial4 = "bigserial", smallserial = "bigserial",
                serial2 = "bigserial" }

-- Is the column the primary key of the table that the statement makes?
local function is_primary(stmt, column)
  if tree.constraint(column.definition, "CONSTR_PRIMARY") then return true end
  for _, element in ipairs(stmt.tree.tableElts or {}) do
    local keys = element.tag == "Constraint" and element.contype == "CONSTR_PRIMARY" and element.keys
    if keys and #keys == 1 and keys[1] == column.name then return true end
  end
  return false
end

local function is_key(stmt, column)
  return column.name == "id" or column.type_name:find "serial" or tree.constraint(column.definition, "CONSTR_IDENTITY")
         or is_primary(stmt, column)
end

return {
  id       = "integer-key",
  aliases  = { "prefer-bigint-over-int", "prefer-bigint-over-smallint", "prefer-big-int", "Y01" },
  group    = "type",
  severity = "warning",
  summary  = "a key of type integer or smallint can run out of values",
  why      = [[
integer ends at 2147483647 and smallint at 32767. Sequences also count values that were rolled back. When the last value
is used, every INSERT fails, and a change of the type to bigint rewrites the table and its indexes under ACCESS
EXCLUSIVE.]],
  fix      = "Use bigint or uuid for keys. A bigint takes 8 bytes, an integer 4, often followed by 4 bytes of padding.",

  check = function(stmt, ctx)
    for _, column in ipairs(columns.of(stmt)) do
      local better = not column.is_array and wider[column.type_name]
      if better and is_key(stmt, column) then
        ctx:report { at = column.type, message = ("the key %s of %s has the type %s, which can run out of values"):format(
                       column.name, column.relation.relname, column.type_name),
                     fix = ("%s %s"):format(quoted(column.name), better) }
      end
    end
  end,

  bad = {
    "CREATE TABLE users (id integer PRIMARY KEY);",
    "CREATE TABLE users (id serial, PRIMARY KEY (id));",
    "CREATE TABLE users (nr smallint GENERATED ALWAYS AS IDENTITY);",
  },
  good = {
    "CREATE TABLE users (id bigint PRIMARY KEY, age integer NOT NULL);",
    "CREATE TABLE users (id uuid PRIMARY KEY, ids integer[]);",
    "CREATE TEMPORARY TABLE t (id integer PRIMARY KEY);",
  },
}
