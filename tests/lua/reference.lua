-- The reference against what there is: each name of one is in the other, and each call has an example.
--
-- Called by test_reference.c with the parsed topics, a library for specs, and one table of names for
-- each thing that only C can look into.
local topics, library, seen = ...

local function reference(topic_name)
  for _, topic in ipairs(topics) do
    if topic.name == topic_name then
      local names = {}
      for _, entry in ipairs(topic.entries) do names[entry.name] = true end
      return names
    end
  end
  error("there is no topic " .. topic_name)
end

local function public(names)
  local list = {}
  for name in pairs(names) do
    if type(name) == "string" and not name:find "^__" then list[name] = true end
  end
  return list
end

local function compare(what, documented, real)
  local wrong = {}
  for name in pairs(documented) do
    if not real[name] then wrong[#wrong + 1] = name .. " is not there" end
  end
  for name in pairs(real) do
    if not documented[name] then wrong[#wrong + 1] = name .. " is not in the reference" end
  end
  table.sort(wrong)
  if #wrong > 0 then error(what .. ": " .. table.concat(wrong, ", "), 0) end
end

-- tests/cli/examples runs them.
local function check_examples()
  local wrong = {}
  for _, topic in ipairs(topics) do
    for _, entry in ipairs(topic.entries) do
      if not entry.field and not (entry.example or ""):find("-->", 1, true) then wrong[#wrong + 1] = entry.shown end
    end
  end
  if #wrong > 0 then error("no example that prints something: " .. table.concat(wrong, ", "), 0) end
end

-- The library, with what is in its tables.
local function names_of_moonbird()
  local names = { test = true } -- of spec files only
  for name, value in pairs(moonbird) do
    if type(value) == "table" then
      for inner in pairs(value) do names[name .. "." .. inner] = true end
    else
      names[name] = true
    end
  end
  return names
end

-- Reads each field first, since some fields are made only when they are read.
local function names_of_ctx(ctx)
  for name in pairs(reference "ctx") do local _ = ctx[name] end
  local names = public(ctx)
  names.conn = true -- of before_connect only
  return names
end

local function names_of_spec()
  local names
  library.migration("any", function(m) names = public(getmetatable(m)) end)
  return names
end

local function names_of_project()
  local names = public(seen.project)
  for _, name in ipairs { "config", "connect", "target", "allow", "close" } do names[name] = nil end -- the dispatcher's own
  return names
end

compare("db", reference "db", seen.db)
compare("ctx", reference "ctx", names_of_ctx(seen.ctx))
compare("moonbird", reference "moonbird", names_of_moonbird())
compare("test", reference "test", public(library))
compare("spec", reference "spec", names_of_spec())
compare("project", reference "project", names_of_project())
compare("rows", reference "rows", public(seen.csv))
for _, name in ipairs { "batch", "progress", "decimal", "rows" } do compare(name, reference(name), public(seen[name])) end
check_examples()
