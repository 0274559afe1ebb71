-- All ids are UUIDs: they say nothing about how many users there are, and another system can make them.

local function last(names) return names[#names] end

local function primary_key(column)
  for _, constraint in ipairs(column.constraints or {}) do
    if constraint.contype == "CONSTR_PRIMARY" then return true end
  end
end

return {
  severity = "error",
  summary  = "an id is not a UUID",
  why      = "All ids of this project are UUIDs (version 4).",
  fix      = "id uuid PRIMARY KEY DEFAULT gen_random_uuid()",

  check = function(stmt, ctx)
    local new = stmt.tree
    if new.tag ~= "CreateStmt" or new.relation.relpersistence == "t" then return end
    for _, column in ipairs(new.tableElts or {}) do
      local is_id = column.tag == "ColumnDef" and (column.colname == "id" or primary_key(column))
      if is_id and last(column.typeName.names) ~= "uuid" then
        ctx:report { at = column.typeName, message = ("%s of %s is not a UUID"):format(column.colname, new.relation.relname),
                     fix = column.colname .. " uuid PRIMARY KEY DEFAULT gen_random_uuid()" }
      end
    end
  end,

  bad = {
    "CREATE TABLE notes (id bigint PRIMARY KEY);",
    "CREATE TABLE notes (name text PRIMARY KEY);",
  },
  good = {
    "CREATE TABLE notes (id uuid PRIMARY KEY DEFAULT gen_random_uuid());",
    "CREATE TABLE members (a uuid, b uuid, PRIMARY KEY (a, b));",
    "CREATE TEMPORARY TABLE listed (id text PRIMARY KEY);",
  },
}
