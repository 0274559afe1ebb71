-- unknown_key.lua: the error about a key that a table of a script may not have.

local core = ...

local TYPES = { string = true, number = true, integer = true, flag = true, date = true }

-- In declarations of options, the name of a type is a key.  Many languages write type = "integer".
local function hint_for_type(value)
  if TYPES[value] then return ("Write %s = true."):format(value) end
  if value == "choice" then return 'Write choice = { "a", "b" }, with the strings that are allowed.' end
  return "The name of the type is the key, such as integer = true."
end

local function hint_for(t, key, known)
  local names = {}
  for name in pairs(known) do names[#names + 1] = name end
  table.sort(names)
  if key == "type" and known.integer then return hint_for_type(t.type) end
  local near = core.nearest(tostring(key), names)
  if near then return ("Did you mean \"%s\"?"):format(near) end
  return #names > 1 and ("The keys are %s and %s."):format(table.concat(names, ", ", 1, #names - 1), names[#names]) or nil
end

-- Raises an error if a table has a key that is not in the set `known`.  `what`: what the table is, in words; nil: the whole
-- file.  `within`: the key whose value it is, to find the line.
return function(t, known, what, path, within)
  local keys = {}
  for key in pairs(t) do
    if not known[key] then keys[#keys + 1] = key end
  end
  table.sort(keys, function(a, b) return tostring(a) > tostring(b) end)
  local key = keys[1]
  if key == nil then return end
  local named = type(key) == "string"
  local problem = named and ("unknown key \"%s\"%s"):format(key, what and " in " .. what or "")
    or ("%s has a value without a key"):format(what or "the table")
  core.fail("file", problem, hint_for(t, key, known), path, nil, core.key_line(path, named and key or within or "", within))
end
