local fields = { CreateStmt = "relation", AlterTableStmt = "relation", IndexStmt = "relation", ViewStmt = "view", InsertStmt = "relation",
                 UpdateStmt = "relation", DeleteStmt = "relation", CreateSeqStmt = "sequence", CreateTrigStmt = "relation" }

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
    local relation = fields[stmt.tree.tag] and stmt.tree[fields[stmt.tree.tag]]
    if not relation or relation.schemaname or relation.relpersistence == "t" then return end
    ctx:report { at = relation, message = ("%s has no schema, so search_path decides"):format(relation.relname),
                 fix = "Write the schema before the name, as in public.users." }
  end,

  bad = { "CREATE TABLE users (id int);", "ALTER TABLE users ADD COLUMN a int;" },
  good = { "CREATE TABLE public.users (id int);", "CREATE TEMPORARY TABLE t (id int);" },
}
