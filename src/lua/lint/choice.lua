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
local refuse_unknown = core.require "unknown_key"

local keys = { groups = true, rules = true, transaction = true, version = true }
local severities = { off = true, note = true, warning = true, error = true }

-- An error about a key, in the table that is the value of the key `within`.
local function refuse(key, within, what, ...)
  local path = core.config_path()
  core.fail("usage", ("\"lint\": " .. what):format(...), nil, path, nil, core.key_line(path, tostring(key), within))
end

local function check_words(words, name)
  if type(words) ~= "table" then refuse(name, "lint", "\"%s\" must be a table", name) end
  for key, word in tree.sorted(words) do
    if not severities[word] then
      refuse(key, name, "the severity of \"%s\" must be \"off\", \"note\", \"warning\" or \"error\"", tostring(key))
    end
  end
  return words
end

local function check_keys(config)
  for key in pairs(config) do
    if not keys[key] then refuse_unknown(config, keys, "\"lint\"", core.config_path(), "lint") end
  end
  if config.transaction ~= nil and type(config.transaction) ~= "boolean" then
    refuse("transaction", "lint", "\"transaction\" must be true or false")
  end
  if config.version and (math.type(config.version) ~= "integer" or config.version < 13 or config.version > 99) then
    refuse("version", "lint", "\"version\" must be a major version of PostgreSQL, such as 15")
  end
end

local function check_groups(groups)
  for group in pairs(groups) do
    if not rules.groups[group] then refuse_unknown(groups, rules.groups, "\"groups\" of \"lint\"", core.config_path(), "groups") end
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
  check_groups(groups)
  for word, severity in tree.sorted(check_words(config.rules or {}, "rules")) do
    for _, rule in ipairs(rules.find(all, word, "rules")) do
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
