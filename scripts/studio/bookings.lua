-- The studio's page for the people who answer the phone: how many bookings there are, and which guests have no account.

local by_day = [[
  SELECT starts_at::date::text AS day, count(*) AS bookings
    FROM meetings
   WHERE deleted_at IS NULL
   GROUP BY 1 ORDER BY 1 DESC LIMIT 14
]]

return {
  title = "Bookings",
  needs = { db = true },

  data = function(db)
    return {
      meetings = db:value "SELECT count(*) FROM meetings WHERE deleted_at IS NULL",
      days = db:query(by_day),
    }
  end,

  show = {
    { "number", data = "meetings", label = "bookings" },
    { "table", title = "By day", data = "days", columns = { "day", { "bookings", "bookings", right = true } }, empty = "No booking yet." },
    { "form", title = "Deleted rows", command = "deleted", button = "Count the rows that were deleted" },
  },
}
