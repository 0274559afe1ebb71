-- Without an index on a foreign key, deleting a referenced row reads the whole referencing table.

local expect_none = require "expect_none"

return function(db)
  return expect_none(db, "foreign keys have no index that begins with them", [[
    SELECT conrelid::regclass || '.' || conname
      FROM pg_constraint c
     WHERE contype = 'f' AND connamespace = 'public'::regnamespace
       AND NOT EXISTS (SELECT FROM pg_index i
                        WHERE i.indrelid = c.conrelid AND i.indisvalid
                          AND (i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey)
  ]])
end
