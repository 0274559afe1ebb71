-- choice.lua: which rules are on and how severe they are, from `lint` in moonbird.lua:
--
--   lint = { groups = { type = "off" }, rules = { ["drop-index-not-concurrent"] = "warning" }, version = 15, transaction = false }
--
-- A rule's own entry takes precedence over that of its group.  A rule can be named by its aliases; an alias of several rules
-- names all of them, but the entry of a rule's own id counts before that of an alias.  A rule that is off by default needs an
-- entry of its own: a team that makes a group quieter does not want more rules.

local core = ...
local rules = core.require "lint.rules"
local tree = core.require "lint.tree"

local severities = { off = true, note = true, warning = true, error = true }

local function refuse(what, ...) core.fail("usage", ("\"lint\": " .. what):format(...), nil, "moonbird.lua") end

local function check_words(words, name)
  if type(words) ~= "table" then refuse("\"%s\" must be a table", name) end
  for key, word in tree.sorted(words) do
    if not severities[word] then
      refuse("the severity of \"%s\" must be \"off\", \"note\", \"warning\" or \"error\"", tostring(key))
    end
  end
  return words
end

local function check_keys(config)
  for key in tree.sorted(config) do
    if key ~= "rules" and key ~= "groups" and key ~= "version" and key ~= "transaction" then refuse("unknown key \"%s\"", tostring(key)) end
  end
  if config.transaction ~= nil and type(config.transaction) ~= "boolean" then refuse("\"transaction\" must be true or false") end
  if config.version and (math.type(config.version) ~= "integer" or config.version < 13 or config.version > 99) then
    refuse("\"version\" must be a major version of PostgreSQL, such as 15")
  end
end

-- The names of the rules that are off.
local function names_of_others(all, on)
  local names = {}
  for _, rule in ipairs(all) do
    for name in pairs(rule.names) do names[name] = true end
  end
  for _, rule in ipairs(on) do
    for name in pairs(rule.names) do names[name] = nil end
  end
  return names
end

-- The rules that are on, each with its severity, and in `off` the names of the others; the server's version if it is given; and whether other programs run a file
-- in one transaction, if that is given.
return function(config)
  config = config or {}
  check_keys(config)
  local groups, own, on = check_words(config.groups or {}, "groups"), {}, {}
  local all = rules.all()
  for group in tree.sorted(groups) do
    if not rules.groups[group] then refuse("unknown group \"%s\"", tostring(group)) end
  end
  for word, severity in tree.sorted(check_words(config.rules or {}, "rules")) do
    for _, rule in ipairs(rules.find(all, word)) do
      if rule.id == word or not own[rule.id] then own[rule.id] = severity end
    end
  end
  for _, rule in ipairs(all) do
    local severity = own[rule.id] or rule.severity ~= "off" and groups[rule.group] or rule.severity
    if severity ~= "off" then on[#on + 1] = setmetatable({ severity = severity }, { __index = rule }) end
  end
  on.off = names_of_others(all, on)
  return on, config.version and config.version * 10000, config.transaction
end
