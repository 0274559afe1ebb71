local core = ...
local tree = core.require "lint.tree"

local kinds = { REINDEX_OBJECT_INDEX = "INDEX", REINDEX_OBJECT_TABLE = "TABLE", REINDEX_OBJECT_SCHEMA = "SCHEMA",
                REINDEX_OBJECT_DATABASE = "DATABASE" }

return {
  id       = "reindex-not-concurrent",
  aliases  = { "require-concurrent-reindex", "L03" },
  group    = "lock",
  severity = "error",
  summary  = "REINDEX without CONCURRENTLY blocks writes, and reads that use the index",
  why      = [[
REINDEX takes SHARE on the table and ACCESS EXCLUSIVE on each index until the new index is built. INSERT, UPDATE and
DELETE wait. Queries wait, too, because the planner locks all indexes of a table.]],
  fix      = [[
Use REINDEX ... CONCURRENTLY. It takes SHARE UPDATE EXCLUSIVE, which allows reads and writes. It cannot run in a
transaction. If it fails, it leaves an invalid index with the suffix _ccnew. Drop that index.]],

  check = function(stmt, ctx)
    local top = stmt.tree
    local kind = top.tag == "ReindexStmt" and kinds[top.kind]
    if not kind or tree.option(top.params, "concurrently") then return end
    if top.relation and ctx:is_new(top.relation) then return end
    local name = top.relation and tree.sql_name(top.relation) or tree.quoted(top.name)
    ctx:report { at = top.relation, relation = kind == "TABLE" and top.relation or nil,
                 message = ("REINDEX %s %s blocks writes, and most reads, until the indexes are built"):format(kind, name),
                 fix = ("REINDEX %s CONCURRENTLY %s;"):format(kind, name) }
  end,

  rewrite = function(stmt, ctx, edit)
    local top = stmt.tree
    local old = ctx.version < 140000 and top.relation and ctx:is_partitioned(top.relation)
    if old or edit:find "concurrently" then return nil end
    edit:insert_after(edit:find(kinds[top.kind]:lower()), edit:keyword "CONCURRENTLY")
    return edit:text()
  end,

  rewrites = {
    { "REINDEX INDEX users_email;", "REINDEX INDEX CONCURRENTLY users_email;" },
    { "REINDEX (VERBOSE) TABLE app.users;", "REINDEX (VERBOSE) TABLE CONCURRENTLY app.users;" },
  },

  bad = { "REINDEX INDEX users_email;", "REINDEX (VERBOSE) TABLE app.users;", "REINDEX (CONCURRENTLY off) TABLE users;",
          "REINDEX SCHEMA app;" },
  good = {
    "REINDEX INDEX CONCURRENTLY users_email;",
    "REINDEX (CONCURRENTLY) TABLE users;",
    "CREATE TABLE t (a int); CREATE INDEX t_a ON t (a); REINDEX INDEX t_a; REINDEX TABLE t;",
  },
}
