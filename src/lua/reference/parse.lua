-- parse.lua: the stubs as topics, for the terminal and for the test that compares them with the existing
-- functions.
--
-- A topic: { name, text, example, entries }; an entry: { name, shown, text, example }, or for a field
-- { name, shown, text, field = true }. `internal`: only moonbird's own commands use it, "---@package".
-- An example is Lua in which "--> TEXT" is what it prints.

-- The comment lines before a declaration.
local function new_notes() return { text = {}, returns = {} } end

-- A line of an example, or the fence that ends it.
local function add_to_example(notes, line)
  if line == "---```" then
    notes.example, notes.fenced = table.concat(notes.fenced, "\n"), nil
  else
    table.insert(notes.fenced, line:sub(4))
  end
end

local function add_field(topic, line)
  local name, optional, rest = line:match "^([%w_]+)(%??) (.*)$"
  local kind = rest:match "^fun%b(): [^ ]+" or rest:match "^fun%b()%??" or rest:match "^%b{}[%[%]]*" or rest:match "^[^ ]+"
  topic.entries[#topic.entries + 1] = {
    name = name, field = true, shown = name .. (optional == "?" and " (optional)" or ""),
    text = rest:sub(#kind + 2),
  }
end

local function add_function(topic, whole, name, notes)
  local returns = table.concat(notes.returns, ", ")
  topic.entries[#topic.entries + 1] = {
    name = name, shown = whole .. (returns ~= "" and " -> " .. returns or ""), text = table.concat(notes.text, "\n"),
    example = notes.example, internal = notes.internal,
  }
end

-- "---@return integer affected" is shown as affected, and without a name as its type.
local function return_name(line)
  local kind = line:match "^%b{}[%[%]]*" or line:match "^fun%b()[^ ]*" or line:match "^[^ ]+"
  return line:sub(#kind + 2):match "^[%w_]+" or kind
end

return function(stubs)
  local topics, variables = {}, {}
  local notes, topic = new_notes(), nil
  for line in stubs:gmatch "([^\n]*)\n" do
    local tag, rest = line:match "^%-%-%-@(%w+) ?(.*)$"
    local variable = line:match "^local (%w+) = {}" or line:match "^(%w+) = {}"
    local whole, owner, name = line:match "^function ((%w+)[.:]([%w_.]+)%b()) end"
    if notes.fenced then
      add_to_example(notes, line)
    elseif line == "---```lua" then
      notes.fenced = {}
    elseif tag == "class" then
      topic = {
        name = rest:match "([%w_]+)$", text = table.concat(notes.text, "\n"), example = notes.example, entries = {},
      }
      topics[#topics + 1] = topic
    elseif tag == "field" then
      add_field(topic, rest)
    elseif tag == "return" then
      notes.returns[#notes.returns + 1] = return_name(rest)
    elseif tag == "package" then
      notes.internal = true
    elseif whole then
      add_function(variables[owner], whole, name, notes)
    elseif variable then
      variables[variable] = topic
    elseif line:find "^%-%-%-[^@]" then
      notes.text[#notes.text + 1] = line:sub(4)
    end
    if line == "" then notes = new_notes() end
  end
  return topics
end
