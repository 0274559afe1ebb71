return {
  description = "Drop user_preferences after everything in it is merged",
  requires = { "010_migrate_preferences_to_users" },
  lock_timeout = "2s",

  up = function(db)
    -- The lock keeps others from writing, so that the count below stays right.
    db:exec "LOCK TABLE user_preferences IN ACCESS EXCLUSIVE MODE"
    local left = db:value [[
      SELECT count(*) FROM user_preferences WHERE merged_at IS NULL OR merged_at < updated_at
    ]]
    if left > 0 then
      error {
        message = left .. " rows of user_preferences are not merged",
        hint = "Merge them: moonbird manual apply 010_migrate_preferences_to_users --again",
      }
    end
    db:exec "DROP TABLE user_preferences" -- lint: ignore drop-table all of its rows are merged
  end,

  down = moonbird.irreversible "the rows that were merged are gone; what they said is in users",
}
