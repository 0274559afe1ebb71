-- expect_none(db, what, sql) returns the result of a check. The query finds what is wrong, one name
-- in each row; the check passes if there is no row.

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
