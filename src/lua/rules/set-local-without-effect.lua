return {
  id       = "set-local-without-effect",
  aliases  = {},
  group    = "tx",
  severity = "warning",
  summary  = "SET LOCAL has no effect, because its transaction ends before the next statement",
  why      = [[
SET LOCAL is in effect until the end of its transaction. A statement that cannot run in a transaction, such as CREATE
INDEX CONCURRENTLY, runs after it with the old value.]],
  fix      = [[
Use SET for a statement that runs outside of a transaction. moonbird restores the session after the migration.]],

  check = function(stmt, ctx)
    local set = stmt.tree
    if set.tag ~= "VariableSetStmt" or not set.is_local or set.kind ~= "VAR_SET_VALUE" or ctx.migration.lua then return end
    for i = ctx.index + 1, #ctx.statements do
      local top = ctx.statements[i].tree
      if ctx.transactions[i] ~= ctx.transactions[ctx.index] then break end
      if not top or top.tag ~= "VariableSetStmt" and top.tag ~= "TransactionStmt" then return end
    end
    ctx:report { message = ("SET LOCAL %s is in effect for no statement"):format(set.name), fix = ("SET %s = …;"):format(set.name) }
  end,

  rewrite = function(_, ctx, edit)
    if ctx.migration.foreign then return nil end
    edit:replace(edit:find "local", edit:find "local")
    return edit:text()
  end,

  rewrites = {
    { "SET LOCAL statement_timeout = 0;\nCREATE INDEX CONCURRENTLY users_email ON users (email);",
      "SET statement_timeout = 0;\nCREATE INDEX CONCURRENTLY users_email ON users (email);" },
    { "set local statement_timeout = 0;\ncreate index users_email on users (email);",
      "set statement_timeout = 0;\ncreate index concurrently users_email on users (email);" },
  },

  bad = {
    "SET LOCAL statement_timeout = 0; CREATE INDEX CONCURRENTLY users_email ON users (email);",
    "BEGIN; SET LOCAL lock_timeout = '1s'; COMMIT; ALTER TABLE users ADD COLUMN email text;",
  },
  good = {
    "SET LOCAL lock_timeout = '1s'; ALTER TABLE users ADD COLUMN email text;",
    "SET statement_timeout = 0; CREATE INDEX CONCURRENTLY users_email ON users (email);",
    "BEGIN; SET LOCAL lock_timeout = '1s'; SET LOCAL statement_timeout = '9s'; ALTER TABLE users ADD a int; COMMIT;",
  },
}
