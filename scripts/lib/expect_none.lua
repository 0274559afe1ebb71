-- expect_none(db, what, sql): what a check returns. The query finds what is wrong, one name a row;
-- no row is good.

local shown = 5

return function(db, what, sql)
  local names = {}
  for _, row in ipairs((db:query("SELECT * FROM (" .. sql .. ") AS found (name) ORDER BY name"))) do
    names[#names + 1] = row.name
  end
  if #names == 0 then return true end
  local some = table.concat(names, ", ", 1, math.min(#names, shown))
  return false, ("%d %s: %s%s"):format(#names, what, some, #names > shown and ", ..." or "")
end
