-- html.lua: the only place that makes HTML.
--
--   h.p { class = "note", "Hello ", h.b { name } }
--
-- A string in an element, or in an attribute, is text: it is always escaped, and nothing makes HTML of a string.
-- `false` is no child, so that a condition can stand in the list.  `true` is an attribute without a value, and
-- false none.  The studio's Content-Security-Policy allows no script and no style in a page: such attributes and
-- elements are errors here, as are addresses that lead elsewhere than to a page of the studio.

local html = {}

local Node = {}
local h = setmetatable({}, {
  __index = function(self, tag)
    local function make(given) return setmetatable({ tag = tag, given = given or {} }, Node) end
    rawset(self, tag, make)
    return make
  end,
})
html.h = h

local entities = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }

local function hex(byte) return ("\\x%02X"):format(byte:byte()) end

-- Bytes that are not UTF-8, and control characters that a browser would drop or change, are shown as \xHH.
local function printable(text)
  if not utf8.len(text) then
    local parts, at = {}, 1
    while at <= #text do
      local _, bad = utf8.len(text, at)
      parts[#parts + 1] = text:sub(at, (bad or #text + 1) - 1)
      if bad then parts[#parts + 1] = hex(text:sub(bad, bad)) end
      at = bad and bad + 1 or #text + 1
    end
    text = table.concat(parts)
  end
  return (text:gsub("[\0-\8\11-\31\127]", hex))
end

function html.escape(text)
  return (printable(text):gsub("[&<>\"']", entities))
end

local void = {}
for tag in ("area base br col embed hr img input link meta source track wbr"):gmatch "%a+" do void[tag] = true end

local addresses = { href = true, src = true, action = true, formaction = true, ["xlink:href"] = true, poster = true }
local pages = { action = true, formaction = true, src = true }

-- "/page", "?a=b" and "#part" are ours; "//host" is not.
local function check_address(name, value)
  if value:find "^[/?#]" and not value:find "^/[/\\]" then return end
  if value:find "^https://" and not pages[name] then return end
  error(("\"%s\" cannot be the address of a link in a page"):format(value), 0)
end

local function add_attribute(out, tag, name, value)
  if value == false then return end
  if not name:find "^[%a][%w:_-]*$" or name:find "^[oO][nN]" or name:lower() == "style" or name:lower() == "srcdoc" then
    error(("<%s> cannot have the attribute \"%s\""):format(tag, name), 0)
  end
  out[#out + 1] = " " .. name
  if value == true then return end
  value = tostring(value)
  if addresses[name:lower()] then check_address(name:lower(), value) end
  out[#out + 1] = '="' .. html.escape(value) .. '"'
end

local add

local function add_children(out, list)
  local last = 0
  for key in pairs(list) do
    if math.type(key) == "integer" and key > last then last = key end
  end
  for i = 1, last do add(out, list[i]) end
  return last
end

local function add_element(out, tag, given)
  if not tag:find "^%a[%w-]*$" then error(("\"%s\" is not an element"):format(tag), 0) end
  out[#out + 1] = "<" .. tag
  local names = {}
  for key in pairs(given) do
    if type(key) == "string" then names[#names + 1] = key end
  end
  table.sort(names)
  for _, name in ipairs(names) do add_attribute(out, tag, name, given[name]) end
  out[#out + 1] = ">"
  if void[tag] then return end
  local children = add_children(out, given)
  if children > 0 and (tag == "script" or tag == "style") then
    error(("<%s> can have no content"):format(tag), 0)
  end
  out[#out + 1] = "</" .. tag .. ">"
end

-- A string, a number, an element, or a list of these.
function add(out, node)
  if node == nil or node == false then return end
  if type(node) ~= "table" then
    out[#out + 1] = html.escape(tostring(node))
  elseif getmetatable(node) == Node then
    add_element(out, node.tag, node.given)
  else
    add_children(out, node)
  end
end

-- The text of a whole page.
function html.document(root)
  local out = { "<!doctype html>\n" }
  add(out, root)
  return table.concat(out)
end

function html.is_element(value) return getmetatable(value) == Node end

local function encode(text)
  return (text:gsub("[^%w%-_.~/]", function(c) return ("%%%02X"):format(c:byte()) end))
end

-- "/page?key=value": values that are nil or "" are left out.
function html.url(path, query)
  local keys, parts = {}, {}
  for key, value in pairs(query or {}) do
    if value ~= "" and value ~= false then keys[#keys + 1] = key end
  end
  table.sort(keys)
  for _, key in ipairs(keys) do
    parts[#parts + 1] = encode(key):gsub("/", "%%2F") .. "=" .. encode(tostring(query[key])):gsub("/", "%%2F")
  end
  return encode(path) .. (#parts > 0 and "?" .. table.concat(parts, "&") or "")
end

return html
