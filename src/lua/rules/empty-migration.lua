return {
  id       = "empty-migration",
  aliases  = { "B07" },
  group    = "robust",
  severity = "note",
  rollback = false,
  summary  = "the file has no statement",
  why      = [[
An empty migration is recorded as applied, and changes nothing. Statements that are added later do not run where it is
applied already. Perhaps all of the file is a comment.]],
  fix      = [[
Write the statements, or delete the file before it is applied anywhere.]],

  check = function() end,

  finish = function(ctx)
    if #ctx.statements == 0 and not ctx.migration.lua then
      ctx:report { message = "the file has no statement", fix = "Write the statements, or delete the file before it is applied." }
    end
  end,

  bad = { "-- to be written\n", "-- Custom SQL migration file\n/* CREATE TABLE t (a int); */\n" },
  good = { "SELECT 1;", "-- nothing to undo\nCREATE TABLE t (a int);" },
}
