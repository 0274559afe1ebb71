local function report(ctx, relation, kind)
  ctx:report { at = relation, relation = kind == "OBJECT_TABLE" and relation or nil,
               message = ("SET TABLESPACE copies %s while %s wait"):format(
                 relation.relname, kind == "OBJECT_INDEX" and "writes of its table, and queries that could use the index," or "reads and writes"),
               fix = kind == "OBJECT_INDEX" and ("REINDEX (TABLESPACE …, CONCURRENTLY) INDEX …;") or nil }
end

return {
  id       = "set-tablespace",
  aliases  = { "R08" },
  group    = "rewrite",
  severity = "error",
  summary  = "SET TABLESPACE copies the table's files while reads and writes wait",
  why      = [[
PostgreSQL copies all files of the table or index to the other tablespace under ACCESS EXCLUSIVE. The
copies are written to the WAL. ALTER TABLE ALL IN TABLESPACE locks all tables first.]],
  fix      = [[
For an index, PostgreSQL 14 and later have REINDEX (TABLESPACE name, CONCURRENTLY). The extension pg_repack moves tables,
and takes ACCESS EXCLUSIVE for a moment only.]],

  check = function(stmt, ctx)
    local top = stmt.tree
    if top.tag == "AlterTableMoveAllStmt" then
      ctx:report { message = ("SET TABLESPACE copies everything in %s while reads and writes wait"):format(top.orig_tablespacename) }
    end
    for _, command in ipairs(top.tag == "AlterTableStmt" and not ctx:is_new(top.relation) and top.cmds or {}) do
      if command.subtype == "AT_SetTableSpace" then report(ctx, top.relation, top.objtype) end
    end
  end,

  bad = {
    "ALTER TABLE users SET TABLESPACE fast;",
    "ALTER INDEX app.users_email SET TABLESPACE fast;",
    "ALTER TABLE ALL IN TABLESPACE slow SET TABLESPACE fast;",
  },
  good = {
    "CREATE TABLE users (id int) TABLESPACE fast;",
    "CREATE TABLE users (id int); ALTER TABLE users SET TABLESPACE fast;",
    "CREATE TABLE t (a int); CREATE INDEX t_a ON t (a); ALTER INDEX t_a SET TABLESPACE fast;",
  },
}
