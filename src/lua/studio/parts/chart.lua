-- chart: rows as bars or lines.
--
--   { "chart", data = "days", x = "day", y = { "bookings" } }
--   { "chart", data = "hours", kind = "line", x = "hour", y = { { "sent", "mails sent" }, "failed" }, format = "bytes" }
--
-- `x` is the key of the labels, in the order of the rows; `y` the keys of the numbers, each with a title if that is
-- another one.  The same values are there as a table, for people who read them.
local core = ...
local h, show = core.require "studio.html".h, core.require "studio.show_value"
local tables = core.require "studio.parts.table"

local WIDTH, HEIGHT = 720, 240
local LEFT, RIGHT, TOP, BOTTOM = 56, 8, 10, 28

local function text_of(value)
  if value == nil or value == moonbird.null then return "" end
  return type(value) == "table" and moonbird.json.encode(value) or tostring(value)
end

-- A number, also from the text of a numeric; nil for NULL and for what is no finite number.
local function number_of(value)
  local number = tonumber(value)
  if not number or number ~= number or number == math.huge or number == -math.huge then return nil end
  return number
end

local function series_of(part)
  local list = {}
  for i, key in ipairs(type(part.y) == "table" and part.y or { part.y }) do
    list[i] = type(key) == "table" and { key = key[1], title = key[2] or key[1] } or { key = key, title = key }
  end
  if #list == 0 or not part.x then core.fail("script", "a chart needs the keys x and y", 'Write { "chart", data = "rows", x = "day", y = { "count" } }.') end
  return list
end

-- The least and the greatest value, with 0 between them.
local function bounds(rows, series)
  local low, high = 0, 0
  for _, row in ipairs(rows) do
    for _, one in ipairs(series) do
      local value = number_of(row[one.key]) or 0
      low, high = math.min(low, value), math.max(high, value)
    end
  end
  return low, high > low and high or low + 1
end

-- 1, 2 or 5 times a power of ten, so that about four lines fit.
local function step_of(range)
  local power = 10 ^ math.floor(math.log(range / 4, 10))
  for _, factor in ipairs { 1, 2, 5, 10 } do
    if range / (power * factor) <= 5 then return power * factor end
  end
  return power * 10
end

local function coordinate(value) return ("%.1f"):format(value) end

local function label(value, format)
  if format then return show(value, format) end
  return ("%.6g"):format(value)
end

local function grid(y, low, high, format)
  local lines, step = {}, step_of(high - low)
  for i = math.ceil(low / step), math.floor(high / step) do
    local at = coordinate(y(i * step))
    lines[#lines + 1] = h.line { class = i == 0 and "axis" or "rule", x1 = LEFT, x2 = WIDTH - RIGHT, y1 = at, y2 = at }
    lines[#lines + 1] = h.text { x = LEFT - 6, y = at, ["text-anchor"] = "end", ["dominant-baseline"] = "middle", label(i * step, format) }
  end
  return lines
end

-- As many labels as fit beside each other.
local function x_labels(rows, key, x)
  local labels, longest = {}, 1
  for _, row in ipairs(rows) do longest = math.max(longest, utf8.len(text_of(row[key])) or 1) end
  local every = math.max(1, math.ceil(#rows * (math.min(longest, 20) * 7 + 12) / (WIDTH - LEFT - RIGHT)))
  for i = 1, #rows, every do
    local text = text_of(rows[i][key])
    local cut = utf8.offset(text, 21)
    labels[#labels + 1] = h.text { x = coordinate(x(i)), y = HEIGHT - 8, ["text-anchor"] = "middle", cut and text:sub(1, cut - 1) .. "…" or text }
  end
  return labels
end

local function title_of(row, part, one)
  return h.title { ("%s, %s: %s"):format(text_of(row[part.x]), one.title, text_of(row[one.key])) }
end

local draw = {}

function draw.bar(rows, series, part, x, y, slot)
  local bars, width = {}, slot * 0.8 / #series
  for i, row in ipairs(rows) do
    for k, one in ipairs(series) do
      local value = number_of(row[one.key])
      if value then
        local top, base = y(math.max(value, 0)), y(math.min(value, 0))
        bars[#bars + 1] = h.rect { class = "series-" .. k, x = coordinate(x(i) - slot * 0.4 + (k - 1) * width), y = coordinate(top),
          width = coordinate(math.max(width - 1, 0.5)), height = coordinate(base - top), title_of(row, part, one) }
      end
    end
  end
  return bars
end

-- A value that is missing ends the line, and the next one begins another.
function draw.line(rows, series, part, x, y)
  local shapes = {}
  for k, one in ipairs(series) do
    local points, pen = {}, "M"
    for i, row in ipairs(rows) do
      local value = number_of(row[one.key])
      if value then
        points[#points + 1] = pen .. coordinate(x(i)) .. " " .. coordinate(y(value))
        pen = "L"
        if #rows <= 60 then
          shapes[#shapes + 1] = h.circle { class = "series-" .. k, cx = coordinate(x(i)), cy = coordinate(y(value)), r = 3, title_of(row, part, one) }
        end
      else
        pen = "M"
      end
    end
    shapes[#shapes + 1] = h.path { class = "line series-" .. k, d = table.concat(points, " ") }
  end
  return shapes
end

local function legend(series)
  if #series == 1 then return false end
  local items = {}
  for k, one in ipairs(series) do items[k] = h.li { h.span { class = "key series-" .. k }, one.title } end
  return h.ul { class = "legend", items }
end

local function as_table(part, rows, series, page)
  local columns = { { part.x, part.x } }
  for _, one in ipairs(series) do columns[#columns + 1] = { one.key, one.title, right = true, format = part.format } end
  return h.details { h.summary { "Values" }, tables.render({ columns = columns, title = part.title }, rows, page) }
end

return {
  keys = { "kind", "x", "y", "format", "empty" },
  render = function(part, rows, page)
    rows = rows or {}
    local series = series_of(part)
    if #rows == 0 then return h.p { class = "empty", part.empty or "Nothing to show." } end
    local kind = part.kind or "bar"
    if not draw[kind] then core.fail("script", ("unknown kind \"%s\" of a chart"):format(tostring(kind)), 'Write kind = "bar" or kind = "line".') end
    local low, high = bounds(rows, series)
    local slot = (WIDTH - LEFT - RIGHT) / #rows
    local function x(i) return LEFT + (i - 0.5) * slot end
    local function y(value) return TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM) end
    return h.figure { class = "chart",
      legend(series),
      h.svg { viewBox = ("0 0 %d %d"):format(WIDTH, HEIGHT), role = "img", ["aria-label"] = (part.title or "Chart") .. ", as a table below",
        grid(y, low, high, part.format), x_labels(rows, part.x, x), draw[kind](rows, series, part, x, y, slot) },
      as_table(part, rows, series, page),
    }
  end,
}
