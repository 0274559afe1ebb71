-- drift.lua: the differences between a database and what its applied migrations make, or the desired schema.

local core = ...
local applied = core.require "schema.applied"
local compare = core.require "schema.difference.compare"
local keep = core.require "schema.difference.keep"
local notes = core.require "schema.warnings.notes"
local new_workshop = core.require "schema.source"

-- The last part of an object's name, as it is written.
local function last_word(name) return (name:match "([^.%s]+)$" or name):gsub('"', "") end

-- The texts of the files, by STREAM/NAME.
local function read_files(ctx)
  local texts = {}
  for _, stream in ipairs { "auto", "manual" } do
    for _, file in ipairs((ctx.project:files(stream))) do
      local ok, text = pcall(moonbird.read, file.path)
      texts[stream .. "/" .. file.name] = ok and text or nil
    end
  end
  return texts
end

-- The newest applied migration whose file names the object.
local function find_last(texts, names, object)
  local word = last_word(object.name:match "^(.-) on " or object.name:match "^(.-)%(" or object.name)
  for i = #names, 1, -1 do
    local text = texts[names[i]]
    if text and text:find(word, 1, true) then return names[i] end
  end
end

-- options: schema (compare with the desired schema), set (values of --set), no_owner, no_privileges (of keep.lua) → list of
-- compare.snapshots, with `last`; its field `notes` has those of notes.uncompared, and `orders` those about the order of columns
return function(ctx, options)
  local workshop <close> = new_workshop(ctx, ctx.config.scratch, options.set)
  local names, args = applied(ctx.project:status {})
  local wanted = options.schema and workshop:source "schema"
    or { db = workshop:database { applied = names, args = args }, scratch = true }
  local is, expected = workshop:read(ctx.db), workshop:snapshot(wanted)
  keep(is, expected, options)
  local list = compare.snapshots(is, expected)
  local texts = #list > 0 and read_files(ctx)
  for _, difference in ipairs(list) do difference.last = find_last(texts, names, difference.object) end
  list.notes, list.orders = notes.uncompared(is, expected)
  return list
end
