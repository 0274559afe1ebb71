local core = ...
local Edit = core.require "lint.fix.edit"
local tree = core.require "lint.tree"

-- A partitioned table cannot have its index built concurrently; each of its partitions can.
local function for_partitions(relation)
  return ("CREATE INDEX name ON ONLY %s (…);\n-- for each partition:\nCREATE INDEX CONCURRENTLY name_1 ON partition (…);\n" ..
          "ALTER INDEX name ATTACH PARTITION name_1;"):format(tree.sql_name(relation))
end

local function concurrently(edit)
  edit:insert_after(edit:find "index", edit:keyword "CONCURRENTLY")
  return edit:text()
end

return {
  id       = "create-index-not-concurrent",
  aliases  = { "require-concurrent-index-creation", "E6", "PG101", "add_index", "add_reference", "L01" },
  group    = "lock",
  severity = "error",
  summary  = "CREATE INDEX without CONCURRENTLY blocks writes until the index is built",
  why      = [[
CREATE INDEX takes a SHARE lock on the table. INSERT, UPDATE and DELETE wait until the whole table is read and the
index is written, and other sessions wait behind them.]],
  fix      = [[
Use CREATE INDEX CONCURRENTLY. It takes SHARE UPDATE EXCLUSIVE, which allows writes. It cannot run in a transaction:
moonbird runs it between the transactions of the file, and removes what a failed attempt leaves.]],

  check = function(stmt, ctx)
    local index = stmt.tree
    if index.tag ~= "IndexStmt" or index.concurrent or ctx:is_new(index.relation) then return end
    ctx:report { at = index.relation, relation = index.relation,
                 message = ("CREATE INDEX blocks writes to %s until the index is built"):format(index.relation.relname),
                 fix = ctx:is_partitioned(index.relation) and for_partitions(index.relation)
                       or concurrently(Edit.new(stmt)) .. ";" }
  end,

  rewrite = function(stmt, ctx, edit)
    local index = stmt.tree
    if ctx:is_partitioned(index.relation) or index.if_not_exists and ctx.migration.foreign then return nil end
    return concurrently(edit)
  end,

  rewrites = {
    { "CREATE INDEX users_email ON users (email);", "CREATE INDEX CONCURRENTLY users_email ON users (email);" },
    { "create unique /* b-tree */ index users_email -- for the login\n  on users (lower(email));",
      "create unique /* b-tree */ index concurrently users_email -- for the login\n  on users (lower(email));" },
  },

  bad = {
    "CREATE INDEX users_email ON users (email);",
    "CREATE UNIQUE INDEX users_email ON users (email);",
    "CREATE TABLE a (id bigint); CREATE INDEX b_id ON b (id);",
  },
  good = {
    "CREATE INDEX CONCURRENTLY users_email ON users (email);",
    "CREATE TABLE users (email text); CREATE INDEX users_email ON users (email);",
    "CREATE TEMPORARY TABLE t (a int); CREATE INDEX t_a ON t (a);",
  },
}
