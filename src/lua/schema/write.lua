-- write.lua: changes as the text of a migration.

local core = ...
local difference = core.require "schema.difference"

local write = {}

-- The statements, each with its semicolon; a statement of several lines stands apart.  `separator`: text between two
-- of them, on the line of the first.
function write.text(changes, separator)
  local pieces, apart = {}, true
  local statements = difference.statements(changes)
  for i, statement in ipairs(statements) do
    local long = statement:find("\n", 1, true) ~= nil
    if #pieces > 0 and (long or apart) then pieces[#pieces + 1] = "\n" end
    pieces[#pieces + 1] = statement .. ";" .. (i < #statements and separator or "") .. "\n"
    apart = long
  end
  return table.concat(pieces)
end

-- SQL as a string of Lua.  A long string would lose carriage returns.
local function quote(sql)
  if sql:find("\r", 1, true) then return ("(%q)"):format(sql) end
  local level = ""
  while (sql .. "]"):find("]" .. level .. "]", 1, true) do level = level .. "=" end
  return (" [%s[%s]%s]"):format(level, sql, level)
end

-- Statements as Lua, in one transaction or in steps.
local function body(parts, in_steps)
  local lines = {}
  for i, part in ipairs(parts) do
    local indent = in_steps and "      " or "    "
    if in_steps then lines[#lines + 1] = ("    db:step(\"part %d\", function()"):format(i) end
    for _, statement in ipairs(part) do lines[#lines + 1] = indent .. "db:exec" .. quote(statement) end
    if in_steps then lines[#lines + 1] = "    end)" end
  end
  return table.concat(lines, "\n")
end

-- The statements of each transaction.
local function split(changes)
  local parts = { {} }
  for _, statement in ipairs(difference.statements(changes)) do
    if statement == difference.boundary then
      parts[#parts + 1] = {}
    else
      table.insert(parts[#parts], statement)
    end
  end
  return parts
end

local lua = [[
return {
  description = %q,
%s
  up = function(db)
%s
  end,

  down = function(db)
%s
  end,
}
]]

-- The changes forward and backward as a migration in Lua.
function write.lua(description, forward, backward)
  local up, down = split(forward), split(backward)
  local in_steps = #up > 1 or #down > 1
  return lua:format(description, in_steps and "  transaction = false,\n" or "", body(up, in_steps), body(down, in_steps))
end

return write
