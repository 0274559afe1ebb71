-- statement.lua: a statement with its values, either for the server, with parameters, or for people, with literals.
--
--   local s = statement.new()
--   s:add("UPDATE t SET name = "):value("Ann"):add(" WHERE id = "):value("7", "pg_catalog.int4")
--   db:exec(s:parameters())     -- "UPDATE t SET name = $1 WHERE id = $2::pg_catalog.int4", "Ann", "7"
--   s:text(db)                  -- "UPDATE t SET name = 'Ann' WHERE id = '7'"

local statement = {}

local Statement = {}
Statement.__index = Statement

function statement.new() return setmetatable({ pieces = {}, n = 0 }, Statement) end

-- Nothing but names that the catalog has quoted, and text of this program.
function Statement:add(sql)
  self.pieces[#self.pieces + 1] = sql
  return self
end

-- A value as text, or nil for NULL; `cast` is the quoted name of its type.
function Statement:value(value, cast)
  self.n = self.n + 1
  self.pieces[#self.pieces + 1] = { at = self.n, value = value, cast = cast }
  return self
end

-- A value of the type of a column, as PostgreSQL prints it.  A parameter of type bytea would be taken as its bytes.
function Statement:typed(value, column)
  return self:value(value, column.base == "bytea" and "pg_catalog.text::" .. column.cast or column.cast)
end

-- The list with something between its items: each(self, item) adds one.
function Statement:list(items, between, each)
  for i, item in ipairs(items) do
    if i > 1 then self:add(between) end
    each(self, item)
  end
  return self
end

function Statement:parameters()
  local parts, values = {}, {}
  for i, piece in ipairs(self.pieces) do
    if type(piece) == "table" then
      parts[i] = "$" .. piece.at .. (piece.cast and "::" .. piece.cast or "")
      values[piece.at] = piece.value
    else
      parts[i] = piece
    end
  end
  return table.concat(parts), table.unpack(values, 1, self.n)
end

-- It is the same statement: an untyped literal gets its type from its place, as a parameter does.
function Statement:text(db)
  local parts = {}
  for i, piece in ipairs(self.pieces) do
    if type(piece) ~= "table" then parts[i] = piece:gsub("OPERATOR%(pg_catalog%.(%S-)%)", "%1")
    elseif piece.value == nil then parts[i] = "NULL"
    else parts[i] = db:escape_literal(piece.value) end
  end
  return table.concat(parts)
end

return statement
