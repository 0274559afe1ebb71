-- show_value.lua: a value of the database as an element.  NULL, an empty text and the text "NULL" look different.

local core = ...
local h = core.require "studio.html".h

local LONGEST = 400 -- bytes of a value in a table; the whole value is in the title of the element

local formats = {}

-- "2026-11-29T01:33:01.953Z" without its fraction; the element has the exact time.
function formats.time(value)
  local text = tostring(value)
  return h.time { datetime = text, (text:gsub("^(%d+%-%d+%-%d+)T(%d+:%d+:%d+)[%d.]*Z$", "%1 %2")) }
end

function formats.count(value) return core.require "studio.count"(value) end

function formats.ms(value) return core.time(value) end

function formats.bytes(value)
  local units, size = { "bytes", "kB", "MB", "GB", "TB" }, value
  local unit = 1
  while size >= 1024 and unit < #units do size, unit = size / 1024, unit + 1 end
  return (unit == 1 and "%d %s" or "%.1f %s"):format(size, units[unit])
end

-- A state as a badge: its colour comes from its class, its meaning from its word.
function formats.state(value)
  return h.span { class = "badge " .. (tostring(value):gsub("[^%w]+", "-"):lower()), value }
end

function formats.text(value) return tostring(value) end -- NULL is not shown

function formats.code(value) return h.code { value } end

local function cut(text)
  if #text <= LONGEST then return text end
  local at = utf8.offset(text, 0, LONGEST + 1) or LONGEST + 1
  return h.span { title = text:sub(1, 4000), text:sub(1, at - 1), "…" }
end

local function plain(value)
  if value == nil or value == moonbird.null then return h.span { class = "null", "NULL" } end
  if value == "" then return h.span { class = "null", "''", h.span { class = "hidden", " an empty text" } } end
  if type(value) == "boolean" then return tostring(value) end
  if type(value) == "table" then return h.code { cut(moonbird.json.encode(value)) } end
  return cut(tostring(value))
end

-- `format`: one of the names above, or nil.
return function(value, format)
  if core.require "studio.html".is_element(value) then return value end
  if not format or value == nil or value == moonbird.null then
    if format then return "" end
    return plain(value)
  end
  if not formats[format] then error(("unknown format \"%s\" of a column"):format(format), 0) end
  return formats[format](value)
end
