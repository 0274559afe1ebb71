return {
  description = "A backfill in SQL",
  transaction = false,
  backfills = { length = { table = "events", where = "length IS NULL", set = "length = length(body)", rows = 500 } },
  up = function(db) db:backfill "length" end,
  down = function() end,
}
