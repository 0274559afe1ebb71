-- The audit trail also shows migrations. The row is written in the migration's own transaction, so
-- it is there if and only if the migration is applied.

return function(db, ctx)
  if not db:has_table "audit_logs" then return end -- before 0016, or after its rollback
  db:insert("audit_logs", {
    actor_label = db.user,
    action      = "migration." .. ctx.direction,   -- migration.up, migration.down
    target_type = "migration",
    details     = { name = ctx.name, stream = ctx.stream, environment = ctx.environment },
  })
end
