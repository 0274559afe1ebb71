-- console.lua: what a person types into the console of the studio: statements of SQL, one after the other in one
-- transaction, or Lua as in `moonbird console`.  The transaction is read-only, but in a studio with --write.

local core = ...
local inspect = core.require "console.inspect"

local console = {}

local MOST_ROWS, MOST_BYTES = 1000, 1 << 20
local CURSOR = "DECLARE moonbird_result NO SCROLL CURSOR FOR "

-- The line and column of the character `position` of a text that begins in this line.
local function place(text, position, line)
  local before = text:sub(1, (utf8.offset(text, position) or #text + 1) - 1)
  local _, breaks = before:gsub("\n", "")
  return line + breaks, utf8.len(before:match "[^\n]*$") + 1
end

-- `shift`: the number of characters before the statement in what was sent.
local function describe(err, statement, shift)
  if type(err) ~= "table" then return { message = tostring(err) } end
  local described = { message = tostring(err.message or err), detail = err.detail, hint = err.hint, sqlstate = err.sqlstate }
  local position = err.position and err.position - shift
  if statement and position and position > 0 then
    described.line, described.column = place(statement.text, position, statement.line)
  elseif statement then
    described.line = statement.line
  end
  return described
end

local with_cursor = { SELECT = true, VALUES = true, TABLE = true }

-- With a cursor, a large result is not read to its end.
local function read(db, statement, prefix)
  local result = core.studio.query(db, prefix .. statement.text, MOST_ROWS, MOST_BYTES)
  if prefix == "" then return result end
  result = core.studio.query(db, ("FETCH %d FROM moonbird_result"):format(MOST_ROWS + 1), MOST_ROWS, MOST_BYTES)
  core.studio.query(db, "CLOSE moonbird_result", 0, 0)
  return result
end

local function explain(db, statement, prefix)
  local result = core.studio.query(db, prefix .. statement.text, 1, MOST_BYTES)
  return { plan = moonbird.json.decode(result.rows[1][1])[1] }
end

-- request: { explain, analyze }
local function run_statement(db, statement, request)
  local prefix = request.explain and ("EXPLAIN (%s) "):format(request.analyze and "FORMAT JSON, ANALYZE, BUFFERS" or "FORMAT JSON")
    or with_cursor[statement.kind] and CURSOR or ""
  local ok, result = pcall(request.explain and explain or read, db, statement, prefix)
  if not ok then result = { error = describe(result, statement, #prefix) } end
  result.line, result.kind, result.cut = statement.line, statement.kind, prefix ~= ""
  return result, ok
end

-- Results, and whether all is well.
local function run_sql(db, text, request)
  local results = {}
  local ok, statements = pcall(moonbird.statements, text)
  if not ok then return { { error = describe(statements) } }, false end
  for i, statement in ipairs(statements) do
    local done
    results[i], done = run_statement(db, statement, request)
    if not done then return results, false end
  end
  return results, true
end

local function are_rows(rows, columns) return type(rows) == "table" and type(columns) == "table" and type(columns[1]) == "string" end

local function show_values(values)
  if are_rows(values[2], values[3]) then
    local columns, rows = {}, {}
    for i, name in ipairs(values[3]) do columns[i] = { name = name, number = false } end
    for i = 1, math.min(#values[2], MOST_ROWS) do
      rows[i] = {}
      for k, name in ipairs(values[3]) do rows[i][k] = values[2][i][name] end
    end
    return { columns = columns, rows = rows, seen = #values[2] }
  end
  local lines = {}
  for i = 2, values.n do lines[#lines + 1] = inspect(values[i]) end
  return { text = table.concat(lines, "\n") }
end

-- Lua or SQL?  The rule is that of `moonbird console`.  Returns a function that runs it: results, and whether all is well.
local function parse(db, ctx, request)
  local lua = ctx:console(false)
  ctx.session:browse() -- its messages are for a page
  lua.first = 1
  lua.env = setmetatable({ db = db, ctx = { command = "console", environment = ctx.environment, config = ctx.config, args = {} } }, { __index = _G })
  local kind, what = lua.parse_input(lua, request.text, true)
  if kind ~= "lua" then return function() return run_sql(db, kind == "sql" and what or request.text, request) end end
  return function()
    local values = table.pack(pcall(what))
    if values[1] then return { show_values(values) }, true end
    return { { error = describe(values[2]) } }, false
  end
end

-- All of it in one transaction, which is committed only if all is well.
local function commit(ctx, work)
  local results, done
  local ok, err = pcall(ctx.project.edit, ctx.project, function()
    results, done = work()
    if not done then error("rolled back", 0) end
  end)
  if not results then error(err, 0) end
  if done and not ok then results[#results + 1] = { error = describe(err) } end
  results[#results + 1] = { outcome = ok and "Committed." or "Rolled back: nothing has changed." }
  return results
end

-- May statements change something here?  A plan never does, even where it runs the statement.
function console.may_write(ctx) return ctx.studio.write and not ctx.project:edit_refusal() end

function console.run(db, ctx, request)
  local work = parse(db, ctx, request)
  if console.may_write(ctx) and not request.explain then return commit(ctx, work) end
  return (work())
end

return console
