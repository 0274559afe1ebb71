local function has_key(of)
  for _, index in ipairs(of.indexes) do
    if index.primary then return true end
  end
  return false
end

return {
  id       = "no-primary-key",
  aliases  = { "Y11" },
  group    = "type",
  severity = "warning",
  summary  = "a new table has no primary key",
  why      = [[
Without a primary key two rows can be the same, and nothing can point to one of them. Logical replication refuses UPDATE
and DELETE on the table if it is published, unless it has another REPLICA IDENTITY.]],
  fix      = "Add a primary key, such as: id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY.",

  conclude = function(ctx)
    for of in ctx.tables:from(ctx.migration) do
      if not of.inherits and not has_key(of) then
        ctx:report { statement = of.statement, at = of.relation, message = ("%s has no primary key"):format(of.relation.relname) }
      end
    end
  end,

  bad = {
    "CREATE TABLE logs (message text);",
    "CREATE TABLE logs (id bigint UNIQUE); CREATE INDEX ON logs (id);",
  },
  good = {
    "CREATE TABLE logs (id bigint PRIMARY KEY);",
    "CREATE TABLE logs (id bigint); ALTER TABLE logs ADD PRIMARY KEY (id);",
    "CREATE TABLE logs_2026 PARTITION OF logs FOR VALUES IN (2026);",
    "CREATE TEMPORARY TABLE t (message text);",
    "CREATE TABLE logs (message text); DROP TABLE logs;",
    "CREATE TABLE copy (LIKE logs INCLUDING ALL);",
  },
}
