local fields = { CreateStmt = "relation", AlterTableStmt = "relation", IndexStmt = "relation", ViewStmt = "view", InsertStmt = "relation",
                 UpdateStmt = "relation", DeleteStmt = "relation", CreateSeqStmt = "sequence", CreateTrigStmt = "relation" }

-- The relation that the statement creates, changes or drops, if its name may lack the schema: a RangeVar, or the table's name.
local function unqualified(top, ctx)
  if top.tag == "DropStmt" and top.removeType == "OBJECT_TABLE" then
    for _, name in ipairs(top.objects) do
      if #name == 1 and not ctx:is_new(name) then return top, name[1] end
    end
    return nil
  end
  local relation = top.tag == "CreateTableAsStmt" and top.into.rel or fields[top.tag] and top[fields[top.tag]]
  if relation and not relation.schemaname and relation.relpersistence ~= "t" then return relation, relation.relname end
end

return {
  id       = "unqualified-name",
  aliases  = { "require-table-schema", "B05" },
  group    = "robust",
  severity = "off",
  summary  = "a name without its schema depends on search_path",
  why      = [[
With another search_path, such as that of another role or of a pooler, the statement creates or changes a table in another
schema. This rule is off: lint = { rules = { ["unqualified-name"] = "note" } } in moonbird.lua turns it on.]],
  fix      = [[
Write the schema before the name: public.users.]],

  check = function(stmt, ctx)
    local at, name = unqualified(stmt.tree, ctx)
    if not at then return end
    ctx:report { at = at, message = ("%s has no schema, so search_path decides"):format(name),
                 fix = "Write the schema before the name, as in public.users." }
  end,

  bad = { "CREATE TABLE users (id int);", "ALTER TABLE users ADD COLUMN a int;", "DROP TABLE users;",
           "CREATE TABLE copy AS SELECT 1;" },
  good = { "CREATE TABLE public.users (id int);", "CREATE TEMPORARY TABLE t (id int);", "DROP TABLE public.users;",
           "CREATE TEMPORARY TABLE t (id int); DROP TABLE t;" },
}
