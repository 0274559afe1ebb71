-- An interrupted CREATE INDEX CONCURRENTLY leaves an index that is maintained but never used.

local expect_none = require "expect_none"

return function(db)
  return expect_none(db, "indexes are not valid", [[
    SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid
  ]])
end
