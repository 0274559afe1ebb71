-- CREATE INDEX CONCURRENTLY that was interrupted leaves an index that is written to and never read.

local expect_none = require "expect_none"

return function(db)
  return expect_none(db, "indexes are not valid", [[
    SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid
  ]])
end
