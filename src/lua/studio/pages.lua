-- pages.lua: the pages of the studio: those in studio/pages/ here, and the project's own in scripts/studio/.
--
--   return {
--     title = "Bookings",
--     needs = { db = true, project = true },              -- as a command's; both are the default
--     data  = function(db, ctx, query) return { ... } end, -- query: the address's keys and values
--     show  = { parts },                                   -- or function(data, ctx, query) return { parts } end
--     post  = function(db, ctx, query, body) return value end, -- the answer to a POST of a script, as JSON
--   }
--
-- Both kinds have this form and no more.  Further keys: `menu`, the number that orders the menu; for a page that is only
-- linked, the name of the page that the menu marks instead, or false.

local core = ...
local refuse_unknown = core.require "unknown_key"
local pages = {}

local OWN = "scripts/studio"
local keys = { title = true, needs = true, data = true, show = true, post = true, menu = true }

local function refuse(path, fmt, ...) core.fail("file", fmt:format(...), nil, path) end

local function check(page, path)
  if type(page) ~= "table" then refuse(path, "a page must be a table, not a %s", type(page)) end
  refuse_unknown(page, keys, "the page", path)
  if type(page.title) ~= "string" then refuse(path, "the page has no title") end
  if type(page.show) ~= "table" and type(page.show) ~= "function" then refuse(path, "the page has no parts: \"show\" is missing") end
  return page
end

local function is_built_in(name)
  for _, known in ipairs(core.built_in "studio/pages") do
    if known == name then return true end
  end
  return false
end

-- The page, or nil.  A file of the project is read each time, so that a change shows at the next request.
function pages.find(name)
  if is_built_in(name) then return core.built_in_script("studio/pages/" .. name .. ".lua") end
  local path = OWN .. "/" .. name .. ".lua"
  if not name:find "^%w[%w_-]*$" or not core.exists(path) then return nil end
  return check(core.script(path), path), path
end

local function add(menu, name, own)
  local ok, page = pcall(pages.find, name)
  local place = ok and page and page.menu
  if ok and page and (place == false or type(place) == "string") then return end
  -- A page that does not load is in the menu, and shows its error.
  menu[#menu + 1] = { name = name, title = ok and page and page.title or name, own = own, order = place or 100 }
end

-- { name, title, own } of each, in the order of the menu.
function pages.menu()
  local menu = {}
  for _, name in ipairs(core.built_in "studio/pages") do add(menu, name, false) end
  for _, name in ipairs(core.scripts(OWN)) do
    if is_built_in(name) then
      refuse(OWN .. "/" .. name .. ".lua", "\"%s\" is a page of the studio itself", name)
    end
    add(menu, name, true)
  end
  table.sort(menu, function(a, b)
    if a.own ~= b.own then return b.own end
    if a.order ~= b.order then return a.order < b.order end
    return a.name < b.name
  end)
  return menu
end

return pages
