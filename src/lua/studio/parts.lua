-- parts.lua: shows a page's parts.  A part is a table { "KIND", key = value, ... }; its kind is a file in parts/,
--
--   return { keys = { further keys }, render = function(part, value, page) return element end }
--
-- Every part has: title; `data`, the key of its value in what the page's function `data` returned, or `value`, the
-- value itself; `id`, for links to it; `refresh = true`: a script loads it again after each run; and `live = true`: it
-- does so every two seconds, and when a run tells something.

local core = ...
local h = core.require "studio.html".h

local parts = {}
local common = { "title", "data", "value", "id", "refresh", "live" }

local function kind_of(part)
  local kinds = core.built_in "studio/parts"
  local name = type(part) == "table" and part[1]
  if type(name) ~= "string" then
    core.fail("script", "a part of the page has no kind", 'Write { "table", data = "rows" }.')
  end
  for _, known in ipairs(kinds) do
    if known == name then return core.require("studio.parts." .. name) end
  end
  local near = core.nearest(name, kinds)
  core.fail("script", ("unknown part \"%s\" of a page"):format(name),
            near and ("Did you mean \"%s\"?"):format(near) or "The parts are " .. table.concat(kinds, ", ") .. ".")
end

local function check_keys(part, kind)
  local known, names = { [1] = true }, {}
  for _, list in ipairs { common, kind.keys or {} } do
    for _, key in ipairs(list) do known[key], names[#names + 1] = true, key end
  end
  for key in pairs(part) do
    if not known[key] then
      local near = core.nearest(tostring(key), names)
      core.fail("script", ("unknown key \"%s\" in the part \"%s\""):format(tostring(key), part[1]),
                near and ("Did you mean \"%s\"?"):format(near))
    end
  end
end

local function render(part, data, page)
  local kind = kind_of(part)
  check_keys(part, kind)
  local value = part.value
  if value == nil and part.data then value = data[part.data] end
  return kind.render(part, value, page)
end

-- The parts as elements.  `data` is what the page's function returned.
function parts.show(list, data, page)
  local sections = {}
  for i, part in ipairs(list) do
    part.id = part.id or "part-" .. i
    local again = part.refresh and part[1] ~= "later" -- which loads its own content again
    sections[i] = h.section { id = part.id, ["data-refresh"] = again or false, ["data-live"] = part.live or false, class = "part part-" .. tostring(part[1]),
      part.title and h.h2 { part.title }, render(part, data, page) }
  end
  return sections
end

return parts
