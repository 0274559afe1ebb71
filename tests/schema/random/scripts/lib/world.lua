-- world.lua: a random schema: a list of objects, in the order in which they are made.
--
-- Objects refer to each other as Lua tables, so that a new name or column takes effect everywhere.  SQL that refers to
-- a removed object fails, and is left out when the schema is loaded (load.lua).

local pick = require "pick"
local names = require "names"
local facets = require "facets"

local World = {}
World.__index = World

local by_name, weights = {}, {}

-- Folders can be listed only once a command runs.
local function read_kinds()
  local files = moonbird.list "kinds"
  table.sort(files)
  for _, file in ipairs(files) do
    local kind = require("kinds." .. file:gsub("%.lua$", ""))
    by_name[kind.kind] = kind
    for _ = 1, kind.weight do weights[#weights + 1] = kind end
  end
end

-- The objects of these kinds.
function World:all(wanted)
  local set, list = {}, {}
  for _, name in ipairs(wanted) do set[name] = true end
  for _, o in ipairs(self.objects) do
    if set[o.kind] then list[#list + 1] = o end
  end
  return list
end

function World:any(...) return pick.one(self:all { ... }) end

-- A name that no other object has.
function World:name()
  self.names = self.names + 1
  return names.object(self.names)
end

-- A function of this form: one that exists, or a new one.
function World:call(form)
  local list = {}
  for _, f in ipairs(self:all { "function" }) do
    if f.form == form then list[#list + 1] = f end
  end
  if #list == 0 or pick.chance(20) then return self:add("function", form) end
  return pick.one(list)
end

function World:schema() return pick.one(self:all { "schema" }) end

-- An object of this kind, or of any kind; nil if an object that it needs does not exist.  `form`: that of a function.
function World:add(name, form)
  local kind = name and by_name[name] or pick.one(weights)
  local o = kind.make(self, form)
  if not o then return nil end
  o.kind = kind.kind
  if kind.in_schema then o.schema = o.schema or self:schema() end
  if kind.phrase then facets.make(o, kind) end
  self.objects[#self.objects + 1] = o
  return o
end

-- Changes one thing of an object.
local function change(self, o)
  local kind = by_name[o.kind]
  if kind.phrase and pick.chance(25) then facets.change(o, kind)
  elseif kind.change then kind.change(o, self) end
end

-- A copy of a table, and of every table that it refers to.
local function copy(value, seen)
  if type(value) ~= "table" then return value end
  if not seen[value] then
    local new = {}
    seen[value] = new
    for k, v in pairs(value) do new[copy(k, seen)] = copy(v, seen) end
  end
  return seen[value]
end

-- A world with some changes; `percent` of the objects take part in them.
function World:changed(percent)
  local new = setmetatable(copy({ objects = self.objects, names = self.names }, {}), World)
  for i = #new.objects, 1, -1 do
    if pick.chance(percent) then
      if pick.chance(25) then table.remove(new.objects, i) else change(new, new.objects[i]) end
    end
  end
  for _ = 1, #new.objects do
    if pick.chance(percent // 3) then new:add() end
  end
  if pick.chance(percent) then change(new, pick.one(new.objects)) end
  return new
end

-- The SQL of the schema: { statement, … }
function World:sql()
  local list = {}
  for _, o in ipairs(self.objects) do
    local kind = by_name[o.kind]
    for _, statement in ipairs(kind.sql(o)) do list[#list + 1] = statement end
    if kind.phrase then facets.sql(list, o, kind) end
  end
  return list
end

-- A schema of about this many objects.
return function(size)
  if #weights == 0 then read_kinds() end
  local world = setmetatable({ objects = {}, names = 0 }, World)
  for _ = 1, math.random(3) do world:add "schema" end
  for _ = 1, math.random(0, 3) do world:add(pick.one { "enum", "domain", "composite", "range", "collation", "base type" }) end
  for _ = 1, math.random(3) do world:add "table" end
  while #world.objects < size do world:add() end
  return world
end
