-- prepared.lua: a session in which long queries stay prepared.
--
-- moonbird prepares a query again after each statement that changes a definition.  Half of the time of a pair would be
-- spent on the plan of the query that reads the catalog, although that plan holds until a schema changes.

local LONG <const> = 20000 -- bytes

-- An array of names as a literal.
local function array(names)
  local list = {}
  for i, name in ipairs(names) do list[i] = '"' .. name:gsub('[\\"]', "\\%0") .. '"' end
  return "{" .. table.concat(list, ",") .. "}"
end

-- A value with the methods of `db`, a session of the command.
return function(db)
  local known, count = {}, 0
  local session = {}

  function session.query(_, sql, ...)
    if #sql < LONG then return db:query(sql, ...) end
    if not known[sql] then
      count = count + 1
      db:exec(("PREPARE long_%d (text[]) AS %s"):format(count, sql))
      known[sql] = count
    end
    return db:query(("EXECUTE long_%d (%s)"):format(known[sql], db:escape_literal(array(...))))
  end

  return setmetatable(session, { __index = function(_, name)
    local value = db[name]
    if type(value) ~= "function" then return value end
    return function(_, ...) return value(db, ...) end
  end })
end
