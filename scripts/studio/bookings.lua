-- The studio's page for the people who answer the phone: how many bookings there are, and which guests have no account.

local by_day = [[
  SELECT day::text, bookings, guests
    FROM (SELECT starts_at::date AS day, count(*) AS bookings, count(DISTINCT lower(guest_email)) AS guests
            FROM meetings
           WHERE deleted_at IS NULL
           GROUP BY 1 ORDER BY 1 DESC LIMIT 14) AS newest
   ORDER BY day
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
    { "chart", title = "By day", data = "days", x = "day", y = { "bookings", "guests" }, empty = "No booking yet." },
    { "form", title = "Deleted rows", command = "deleted", button = "Count the rows that were deleted" },
  },
}
