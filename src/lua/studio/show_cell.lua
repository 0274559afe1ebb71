-- show_cell.lua: a value of a row as elements; parts/rows.lua has its form.  NULL, an empty text and the text "NULL"
-- look different; JSON is unfolded; a value that is cut has a link to the whole.

local core = ...
local h = core.require "studio.html".h

local INLINE <const> = 80 -- characters of JSON that stand in a cell as they are
local DEPTH <const>, ITEMS <const> = 8, 200

local function keys_of(value)
  local keys = {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

local unfold

local function entry(key, value, depth)
  return h.div { h.dt { key }, h.dd { unfold(value, depth) } }
end

local function entries(value, is_list, depth)
  local list = {}
  local keys = is_list and value or keys_of(value)
  for i = 1, math.min(#keys, ITEMS) do
    local key = is_list and i or keys[i]
    list[i] = entry(tostring(key), value[key], depth + 1)
  end
  if #keys > ITEMS then list[#list + 1] = h.div { h.dt { "…" }, h.dd { ("%d more"):format(#keys - ITEMS) } } end
  return h.dl { class = "json", list }
end

function unfold(value, depth)
  if value == moonbird.null then return h.span { class = "null", "null" } end
  if type(value) ~= "table" then return h.code { type(value) == "string" and '"' .. value .. '"' or tostring(value) } end
  local text = moonbird.json.encode(value)
  if #text <= INLINE or depth > DEPTH then return h.code { text } end
  return h.details { h.summary { h.code { text:sub(1, (utf8.offset(text, 0, INLINE) or INLINE) - 1), "…" } }, entries(value, text:find "^%[" ~= nil, depth) }
end

local function json(value)
  if value.length then return h.code { value.text, "…" } end
  local ok, decoded = pcall(moonbird.json.decode, value.text)
  if not ok or type(decoded) ~= "table" or decoded == moonbird.null then return h.code { value.text } end
  return #value.text <= INLINE and h.code { value.text } or unfold(decoded, 0)
end

local function content(value)
  if value.text == nil then return h.span { class = "null", "NULL" } end
  if value.format == "bytea" then return h.code { "\\x", value.text, value.length and "…" } end
  if value.text == "" then return h.span { class = "null", "''", h.span { class = "hidden", " an empty text" } } end
  if value.format == "json" then return json(value) end
  return { value.text, value.length and "…" }
end

local function measure(value)
  return (value.format == "bytea" and "all %s bytes" or "all %s characters"):format(core.require "studio.count"(value.length))
end

return function(value, page)
  local shown = content(value)
  if value.link then shown = h.a { href = page.url(value.link[1], value.link[2]), shown } end
  if not value.length or not value.whole then return shown end
  return { shown, " ", h.a { class = "whole", href = page.url(value.whole[1], value.whole[2]), measure(value) } }
end
