local core = ...
local transaction = core.require "lint.transaction"

return {
  id       = "concurrently-corrupts-index",
  aliases  = { "add_index_corruption", "B15" },
  group    = "robust",
  severity = "error",
  version  = 140002,
  summary  = "PostgreSQL 14.1 to 14.3 can build a corrupt index with CONCURRENTLY",
  why      = [[
In these versions CREATE INDEX CONCURRENTLY and REINDEX CONCURRENTLY can miss rows that are changed while the index is
built, so that queries do not find them. PostgreSQL 14.4 corrects this. Lint knows the version from the database.]],
  fix      = [[
Install the newest version of PostgreSQL 14 first. Then use REINDEX for the indexes that CONCURRENTLY built.]],

  check = function(stmt, ctx)
    if ctx.version < 140001 or ctx.version > 140003 then return end -- 140000 is also version 14 with an unknown minor version
    if stmt.alone and stmt.concurrently and stmt.kind:find "INDEX" and not stmt.kind:find "^DROP" then
      ctx:report { message = ("on PostgreSQL 14.%d, %s can build a corrupt index"):format(ctx.version % 10000, transaction.words(stmt)),
                   fix = "Install PostgreSQL 14.4 or later first." }
    end
  end,

  bad = { "CREATE INDEX CONCURRENTLY users_email ON users (email);", "REINDEX INDEX CONCURRENTLY users_email;" },
  good = { "CREATE INDEX users_email ON users (email);", "DROP INDEX CONCURRENTLY users_email;" },
}
