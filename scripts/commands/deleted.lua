-- The application does not delete rows; it sets their deleted_at. This command counts these rows,
-- for the person who has to erase them one day.

local tables = [[
  SELECT table_name AS name
    FROM information_schema.columns
   WHERE table_schema = 'public' AND column_name = 'deleted_at'
   ORDER BY table_name
]]

return {
  name    = "deleted",
  summary = "count the rows with a deleted_at, by table",
  needs   = { db = true },

  run = function(ctx)
    local counts = {}
    for _, t in ipairs((ctx.db:query(tables))) do
      local row = ctx.db:row("SELECT count(*) AS rows, min(deleted_at) AS oldest FROM "
                             .. ctx.db:escape_identifier(t.name) .. " WHERE deleted_at IS NOT NULL")
      if row.rows > 0 then
        counts[#counts + 1] = { table = t.name, rows = row.rows, oldest = row.oldest }
      end
    end
    if not ctx.out:result { tables = counts } then
      ctx.out:table(counts, { "table", { "rows", "rows", right = true }, "oldest" })
    end
  end,
}
