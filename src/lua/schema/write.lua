-- write.lua: statements as the text of a migration.

local write = {}

-- The comments of a statement, each on its line.
local function comments(statement, indent)
  local lines = {}
  for i, hazard in ipairs(statement.hazards or {}) do lines[i] = indent .. "-- " .. hazard.comment .. "\n" end
  return table.concat(lines)
end

-- For the lint rule not-atomic: the file is not one transaction, which is a fault only where Drizzle runs it.
local IGNORE = "-- lint: ignore not-atomic if a statement fails, up continues there\n"

-- Statements that change nothing which a failure could leave behind.
local harmless = { COMMENT = true, SELECT = true, SET = true }

-- The statement above which IGNORE must be: the first one that cannot run in a transaction, if others change something.
local function first_alone(statements)
  local alone, other
  for _, statement in ipairs(statements) do
    if statement.alone then alone = alone or statement
    elseif not statement.boundary and not harmless[statement.sql:match "^%a+"] then other = true end
  end
  return other and alone
end

local function text_of(statement)
  if statement.whole then return statement.whole end
  if statement.boundary then return ("-- %s\nCOMMIT"):format(statement.boundary) end
  return comments(statement, "") .. statement.sql
end

-- The statements (changes.lua), each with its comment and its semicolon.  Empty lines surround a statement of
-- several lines.  `separator`: text between two of them, on the line of the first.
function write.text(statements, separator)
  local pieces, apart, alone = {}, true, not separator and first_alone(statements)
  for i, statement in ipairs(statements) do
    local sql = (statement == alone and not statement.whole and IGNORE or "") .. text_of(statement)
    local long = sql:find("\n", 1, true) ~= nil
    if #pieces > 0 and (long or apart) then pieces[#pieces + 1] = "\n" end
    pieces[#pieces + 1] = sql .. ";" .. (i < #statements and separator or "") .. "\n"
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

-- The statements of a migration as Lua code, in one transaction or in steps.
local function body(parts, in_steps)
  local lines = {}
  for i, part in ipairs(parts) do
    if part.alone then
      lines[#lines + 1] = ('    db:step("part %d",%s)'):format(i, quote(part[1].sql))
    else
      local indent = in_steps and "      " or "    "
      if in_steps then lines[#lines + 1] = ('    db:step("part %d", function()'):format(i) end
      for _, statement in ipairs(part) do
        lines[#lines + 1] = comments(statement, indent) .. indent .. "db:exec" .. quote(statement.sql)
      end
      if in_steps then lines[#lines + 1] = "    end)" end
    end
  end
  return table.concat(lines, "\n")
end

-- Divides the statements into parts: each transaction is a part, and so is each statement that cannot run in a
-- transaction.
local function split(statements)
  local parts, open = {}, false
  for _, statement in ipairs(statements) do
    local alone = statement.alone
    if statement.boundary then
      open = false
    elseif open and not alone then
      table.insert(parts[#parts], statement)
    else
      parts[#parts + 1] = { statement, alone = alone }
      open = not alone
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

local function needs_steps(parts) return #parts > 1 or #parts == 1 and parts[1].alone end

-- A migration in Lua with the statements of both directions.
function write.lua(description, forward, backward)
  local up, down = split(forward), split(backward)
  local in_steps = needs_steps(up) or needs_steps(down)
  return lua:format(description, in_steps and "  transaction = false,\n" or "", body(up, in_steps), body(down, in_steps))
end

return write
