-- select.lua: a page of rows, and one row.
--
-- Long values are cut by the server, so that a page takes little memory, whatever is in the table.  A page begins
-- behind the last row of the one before: by the values of a key, which an index finds, or, for a table without a key,
-- by the place of the row in the table; only views and the like count the rows before.

local core = ...
local statement = core.require "studio.rows.statement"
local order, filter = core.require "studio.rows.order", core.require "studio.rows.filter"

local rows = {}

local PAGE <const> = 50
local COLUMNS <const> = 60
local LOCK_TIMEOUT = "3s"

-- How much of a value is shown: characters, of JSON, which is unfolded, more; and bytes of bytea.
local lengths = { page = { text = 120, json = 2000, bytea = 16 }, row = { text = 16384, json = 65536, bytea = 256 } }

local function is_json(column) return column.base == "json" or column.base == "jsonb" or column.category == "A" end

function rows.format(column) return is_json(column) and "json" or column.base == "bytea" and "bytea" or "text" end

-- The value as text.
function rows.text_of(column)
  if column.base == "bytea" then return ("pg_catalog.encode(t.%s, 'hex')"):format(column.quoted) end
  return ("%s::pg_catalog.text"):format(column.category == "A" and ("pg_catalog.to_json(t.%s)"):format(column.quoted) or "t." .. column.quoted)
end

-- A column as text cN, and, if it may be cut, its whole length lN.
local function add_column(s, column, i, limit)
  local length = limit[rows.format(column)]
  if column.fixed then return s:add(("t.%s::pg_catalog.text AS c%d"):format(column.quoted, i)) end
  if column.base == "bytea" then
    return s:add(("pg_catalog.encode(pg_catalog.substr(t.%s, 1, %d), 'hex') AS c%d, pg_catalog.octet_length(t.%s) AS l%d")
      :format(column.quoted, length, i, column.quoted, i))
  end
  local text = rows.text_of(column)
  s:add(("pg_catalog.left(%s, %d) AS c%d, pg_catalog.length(%s) AS l%d"):format(text, length, i, text, i))
end

local function has_place(relation) return relation.letter == "r" or relation.letter == "m" end

-- How the rows are paged: "key", "place" or "offset", and the order.
local function order_of(relation, request)
  local items, present = {}, {}
  local function add(column)
    if not column or present[column] then return end
    items[#items + 1] = { column = column, descending = request.descending or false }
    present[column] = true
  end
  add(request.sort and relation.by_name[request.sort])
  if not relation.key then return #items == 0 and has_place(relation) and "place" or "offset", items end
  for _, column in ipairs(relation.key) do add(column) end
  return "key", items
end

local function shown_columns(relation)
  if #relation.columns <= COLUMNS then return relation.columns end
  return table.move(relation.columns, 1, COLUMNS, 1, {})
end

local function add_values(s, columns, limit)
  for i, column in ipairs(columns) do
    s:add ", "
    add_column(s, column, i, limit)
  end
end

-- The texts by which the row is found again.
local function add_keys(s, relation, items)
  local function add(expression, name) s:add((", %s::pg_catalog.text AS %s"):format(expression, name)) end
  for i, item in ipairs(items) do add("t." .. item.column.quoted, "o" .. i) end
  for i, column in ipairs(relation.key or {}) do add("t." .. column.quoted, "k" .. i) end
  if not relation.key and has_place(relation) then add("t.ctid", "k1") end
end

local function key_of(relation, row)
  local place = rawget(row, "k1")
  if not relation.key then return place and { ctid = place } or nil end
  local key = {}
  for i, column in ipairs(relation.key) do key[column.name] = rawget(row, "k" .. i) end
  return key
end

local function cells_of(columns, row)
  local cells = {}
  for i, column in ipairs(columns) do
    local text, length = row["c" .. i], rawget(row, "l" .. i)
    local format = rows.format(column)
    local shown = text and (format == "bytea" and #text // 2 or utf8.len(text) or #text)
    cells[i] = { text = text, format = format, length = text and length and length > shown and length or nil }
  end
  return cells
end

local function add_conditions(s, relation, request, way, items)
  local word = " WHERE "
  local function begin() s:add(word) word = " AND " end
  if next(request.where or {}) then begin() filter.add_equal(s, relation, request.where) end
  for _, wanted in ipairs(request.filters or {}) do begin() filter.add(s, relation, wanted) end
  if way == "place" then
    -- A scan of a range of places begins at its beginning; another one may begin anywhere.
    begin()
    s:add("t.ctid OPERATOR(pg_catalog.>) "):value(request.after and request.after[1] or "(0,0)", "pg_catalog.tid")
  elseif way == "key" and (request.after or request.before) then
    begin()
    order.add_condition(s, items, request.after or request.before)
  end
end

-- The statement, its way, and whether it reads backward.
local function build(db, relation, request)
  local way, items = order_of(relation, request)
  local backward = way == "key" and (request.before ~= nil or request.last == true)
  local s = statement.new():add "SELECT true AS found"
  if backward then items = order.reversed(items) end
  add_values(s, shown_columns(relation), lengths.page)
  add_keys(s, relation, items)
  s:add(" FROM " .. relation.from .. " t")
  add_conditions(s, relation, request, way, items)
  if #items > 0 then order.add_order(s, items)
  elseif way == "place" and db.server_version < 140000 then s:add " ORDER BY t.ctid" end -- it cannot scan a range of places
  s:add((" LIMIT %d"):format(PAGE + 1))
  if way == "offset" and request.offset then s:add((" OFFSET %d"):format(request.offset)) end
  return s, way, backward, items
end

local function cursor_of(row, items, way)
  if way == "place" then return { row.k1 } end
  local values = {}
  for i = 1, #items do values[i] = row["o" .. i] or moonbird.null end
  return values
end

-- The values of a cursor as an address has them: null is NULL.
local function without_null(values)
  if not values then return nil end
  local list = {}
  for i = 1, #values do
    if values[i] ~= moonbird.null then list[i] = tostring(values[i]) end
  end
  return list
end

local function links(found, request, way, items, backward, more)
  local first, last = found[1], found[#found]
  if not first then return nil, nil end
  if way == "offset" then
    local offset = request.offset or 0
    return offset > 0 and { offset = math.max(0, offset - PAGE) } or nil, more and { offset = offset + PAGE } or nil
  end
  local before = more
  if not backward then before = request.after ~= nil end
  local after = more
  if backward then after = request.before ~= nil end
  return before and way == "key" and { before = cursor_of(first, items, way) } or nil,
         after and { after = cursor_of(last, items, way) } or nil
end

-- A read that waits for a lock no longer than a person does.
local function read(db, s)
  return db:transaction(function()
    db:set("lock_timeout", LOCK_TIMEOUT)
    return (db:query(s:parameters()))
  end)
end

-- request: { sort, descending, where = { column = value }, filters = { { column, operator, value } },
--            after or before = the values of a row's order, last = true, offset }
-- Returns { way, columns, rows = { { cells, key } }, previous, next }; these two are keys of a request.
function rows.page(db, relation, request)
  local given = request
  request = setmetatable({ after = without_null(given.after), before = without_null(given.before) }, { __index = given })
  local s, way, backward, items = build(db, relation, request)
  local found = read(db, s)
  local more = #found > PAGE
  if more then found[#found] = nil end
  if backward then
    local list = {}
    for i = #found, 1, -1 do list[#list + 1] = found[i] end
    found = list
  end
  local previous, next_page = links(found, request, way, items, backward, more)
  local columns, list = shown_columns(relation), {}
  for i, row in ipairs(found) do list[i] = { cells = cells_of(columns, row), key = key_of(relation, row) } end
  return { way = way, columns = columns, rows = list, previous = previous, next = next_page }
end

-- The one row with these values of a key: { cells, key, version } with the cells of all columns; nil without it.
function rows.one(db, relation, key)
  local s = statement.new():add "SELECT true AS found"
  add_values(s, relation.columns, lengths.row)
  add_keys(s, relation, {})
  if relation.letter == "r" or relation.letter == "p" then s:add ", t.xmin::pg_catalog.text AS version" end
  s:add(" FROM " .. relation.from .. " t WHERE ")
  filter.add_equal(s, relation, key)
  local found = read(db, s:add " LIMIT 2")
  if #found ~= 1 then return nil end
  return { cells = cells_of(relation.columns, found[1]), key = key_of(relation, found[1]), version = rawget(found[1], "version") }
end

-- The values of all columns of the row as PostgreSQL reads and writes them; none for those that are cut in `row.cells`.
function rows.texts(db, relation, row)
  local s = statement.new():add "SELECT true AS found"
  for i, column in ipairs(relation.columns) do
    if not row.cells[i].length then s:add((", t.%s::pg_catalog.text AS c%d"):format(column.quoted, i)) end
  end
  s:add(" FROM " .. relation.from .. " t WHERE ")
  filter.add_equal(s, relation, row.key)
  local found, texts = read(db, s)[1] or {}, {}
  for i = 1, #relation.columns do texts[i] = rawget(found, "c" .. i) end
  return texts
end

-- A piece of one value: the text, and the whole length; nil without the row.  bytea is in hexadecimal.
function rows.value(db, relation, key, column, from, count)
  local s = statement.new()
  local text = rows.text_of(column)
  if column.base == "bytea" then
    s:add(("SELECT pg_catalog.encode(pg_catalog.substr(t.%s, %d, %d), 'hex') AS piece, pg_catalog.octet_length(t.%s) AS length")
      :format(column.quoted, from + 1, count, column.quoted))
  else
    s:add(("SELECT pg_catalog.substr(%s, %d, %d) AS piece, pg_catalog.length(%s) AS length"):format(text, from + 1, count, text))
  end
  s:add(" FROM " .. relation.from .. " t WHERE ")
  filter.add_equal(s, relation, key)
  local found = read(db, s:add " LIMIT 2")
  if #found ~= 1 then return nil end
  return found[1]
end

return rows
