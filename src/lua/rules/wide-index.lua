local MOST = 3

return {
  id       = "wide-index",
  aliases  = { "add_index_columns", "Y10" },
  group    = "type",
  severity = "note",
  summary  = "an index on more than three columns is large and rarely used",
  why      = [[
Every column makes the index larger, and a change of any of them writes to it. PostgreSQL 13 to 17 search a B-tree
well only by its first columns; PostgreSQL 18 can skip a first column that has few values.]],
  fix      = "Put the columns first that most queries compare with =. Leave out the others, or use INCLUDE for columns that are only read.",

  check = function(stmt, ctx)
    local index = stmt.tree
    if index.tag ~= "IndexStmt" or index.unique or index.relation.relpersistence == "t" then return end
    local columns = #(index.indexParams or {})
    if columns <= MOST or index.accessMethod ~= "btree" then return end
    ctx:report { at = index.relation, message = ("the index on %s has %d columns"):format(index.relation.relname, columns) }
  end,

  bad = {
    "CREATE INDEX CONCURRENTLY ON users (a, b, c, d);",
    "CREATE TABLE users (a int, b int, c int, d int); CREATE INDEX ON users (a, b, c, d);",
  },
  good = {
    "CREATE INDEX CONCURRENTLY ON users (a, b, c) INCLUDE (d);",
    "CREATE UNIQUE INDEX CONCURRENTLY ON users (a, b, c, d);",
    "CREATE INDEX CONCURRENTLY ON users USING brin (a, b, c, d);",
  },
}
