return {
  id       = "create-enum",
  aliases  = { "W13", "Y07" },
  group    = "type",
  severity = "note",
  summary  = "values of an enum can be added and renamed, but never removed",
  why      = [[
ALTER TYPE cannot remove a value or change the order. That needs a new type, and ALTER TABLE … TYPE, which rewrites each
table that has the enum under ACCESS EXCLUSIVE. A value that ADD VALUE added cannot be used in the same transaction.]],
  fix      = [[
If the values change, use a table of them with a foreign key, or text with a CHECK constraint, which can be replaced
with NOT VALID and VALIDATE. For values that stay, an enum is fine: turn this rule off, or ignore it with the reason.]],

  check = function(stmt, ctx)
    if stmt.tree.tag ~= "CreateEnumStmt" then return end
    local name = stmt.tree.typeName
    ctx:report { message = ("no value of %s can be removed later; a lookup table or a CHECK constraint is easier to change"):format(
      name[#name]) }
  end,

  bad = {
    "CREATE TYPE mood AS ENUM ('sad', 'happy');",
    "CREATE TYPE app.mood AS ENUM ();",
  },
  good = {
    "CREATE TABLE moods (mood text PRIMARY KEY);",
    "CREATE TYPE point3 AS (x float, y float, z float);",
  },
}
