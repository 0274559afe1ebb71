return {
  description = "A backfill row by row",
  transaction = false,
  backfills = {
    body = {
      table = "events", columns = { "body" }, where = "body NOT LIKE '%!'", rows = 500,
      each = function(row) return { body = row.body .. "!", at = "2026-01-01" } end,
    },
  },
  up = function(db) db:backfill "body" end,
  down = function() end,
}
