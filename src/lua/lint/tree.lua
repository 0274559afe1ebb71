-- tree.lua: looks around in parse trees, as moonbird.statements gives them.

local tree = {}

-- A name without quotes, from its parts or from a RangeVar; "public." is left out, as it is the usual schema.
function tree.name(of)
  if not of then return nil end
  if type(of) == "string" then return of end
  local parts = of.relname and { of.schemaname, of.relname } or of
  if of.relname and not of.schemaname then parts = { of.relname } end
  local name = table.concat(parts, ".")
  return name:match "^public%.(.+)$" or name
end

-- An iterator over all nodes in a value: the node itself first, then what is in its fields.
local function visit(value, tag)
  if type(value) ~= "table" then return end
  if value.tag and (not tag or value.tag == tag) then coroutine.yield(value) end
  for key, child in pairs(value) do
    if key ~= "tag" then visit(child, tag) end
  end
end

function tree.nodes(value, tag)
  return coroutine.wrap(function() visit(value, tag) end)
end

-- Line and column of the byte `location`, from 0, in a statement.
function tree.place(statement, location)
  local line, column, text = statement.line, statement.column or 1, statement.text
  if not location then return line, column end
  local before = text:sub(1, location)
  local _, lines = before:gsub("\n", "")
  if lines == 0 then return line, column + (utf8.len(before) or #before) end
  local last = before:match "([^\n]*)$"
  return line + lines, (utf8.len(last) or #last) + 1
end

-- The smallest location in a node: where it begins.  nil if PostgreSQL keeps none.
function tree.location(node)
  if type(node) ~= "table" then return nil end
  if node.location and node.location >= 0 then return node.location end
  local least
  for key, child in pairs(node) do
    local at = key ~= "tag" and tree.location(child)
    if at and (not least or at < least) then least = at end
  end
  return least
end

-- The name of a type in lower case, without pg_catalog: "timestamp", "int4", "varchar".
function tree.type_name(of)
  local names = of and of.names or {}
  if names[1] == "pg_catalog" then return names[2] end
  return table.concat(names, ".")
end

-- The constraint of this kind that is part of a column's definition, as CONSTR_DEFAULT; or nil.
function tree.constraint(column, kind)
  for _, constraint in ipairs(column.constraints or {}) do
    if constraint.contype == kind then return constraint end
  end
end

return tree
