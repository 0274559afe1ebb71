-- rules.lua: the lint rules: those in rules/ here, and the project's own in scripts/rules/.
--
-- A rule is a file that returns a table:
--   id         its name, which is the file's name
--   aliases    its names in other linters
--   group      "lock", "rewrite", "tx", "data", "compat", "robust" or "type"
--   severity   "error", "warning", "note", or "off" for a rule that a team must turn on
--   summary    what is wrong, in one line
--   why        what happens, which lock, what it blocks
--   fix        the safe way
--   check      function(stmt, ctx), called for each statement with a parse tree; see context.lua
--   finish     function(ctx), called after the last statement of a migration
--   conclude   function(ctx), called for each migration when all of them are checked; see tables.lua
--   rollback   false: not for a rollback whose file is named, true: also for one; without it, true but for the groups
--              "compat" and "type"
--   rewrite    function(stmt, ctx, edit), for lint --fix: called at a finding of `check`, it returns SQL that takes the place
--              of the statement, and what must run in a later transaction, if anything; nil if there is no safe form.  See
--              fix/edit.lua.
--   rewrites   examples of it, which --explain shows: { before, after }, the texts of a migration
--   bad, good  examples, each the text of a migration, or { path =, text }: the rule finds something in the first, nothing in
--              the others
--   needs      "project" or "database", without which the rule finds nothing
--   version    the server that the examples are for; 170000 without it

local core = ...
local tree = core.require "lint.tree"
local view = core.require "lint.view"
local refuse_unknown = core.require "unknown_key"

local rules = {}

local severities = { error = true, warning = true, note = true, off = true }
rules.groups = { lock = true, rewrite = true, tx = true, data = true, compat = true, robust = true, type = true, own = true }
local needed = { summary = "string", why = "string", fix = "string" }
local known = { id = true, aliases = true, group = true, severity = true, summary = true, why = true, fix = true,
                check = true, finish = true, conclude = true, rollback = true, rewrite = true, rewrites = true,
                bad = true, good = true, version = true, needs = true }

local function refuse(path, what, ...) core.fail("file", what:format(...), nil, path) end

local function check_form(rule, name, path)
  if type(rule) ~= "table" then refuse(path, "the file must return a table, not a %s", type(rule)) end
  rule.id, rule.severity, rule.group = rule.id or name, rule.severity or "warning", rule.group or "own"
  refuse_unknown(rule, known, "the rule", path)
  if rule.id ~= name then refuse(path, "the rule's id is \"%s\", but its file is %s.lua", rule.id, name) end
  for key, kind in tree.sorted(needed) do
    if type(rule[key]) ~= kind then refuse(path, "\"%s\" must be a %s", key, kind) end
  end
  if not (rule.check or rule.finish or rule.conclude) then refuse(path, "\"check\" is missing") end
  for _, key in ipairs { "check", "finish", "conclude", "rewrite" } do
    if rule[key] and type(rule[key]) ~= "function" then refuse(path, "\"%s\" must be a function", key) end
  end
  if not severities[rule.severity] then refuse(path, "\"severity\" must be \"error\", \"warning\", \"note\" or \"off\", not \"%s\"", rule.severity) end
  if not rules.groups[rule.group] then refuse(path, "unknown group \"%s\"", rule.group) end
end

local function complete(rule)
  rule.aliases, rule.names = rule.aliases or {}, { [rule.id] = true }
  for _, alias in ipairs(rule.aliases) do rule.names[alias] = true end
  return rule
end

-- The rule, whose functions get views of what they are given.
local function guarded(rule)
  for _, key in ipairs { "check", "finish", "conclude", "rewrite" } do
    local call = rule[key]
    rule[key] = call and function(a, b, c) return call(view.of(a), view.of(b), view.of(c)) end
  end
  return rule
end

-- All rules, sorted by id; a project's rule takes the place of a built-in one of the same name.
function rules.all()
  local list, own = {}, {}
  for _, name in ipairs(core.scripts "scripts/rules") do
    local path = "scripts/rules/" .. name .. ".lua"
    local rule = core.script(path)
    check_form(rule, name, path)
    own[name] = true
    list[#list + 1] = complete(guarded(rule))
  end
  for _, name in ipairs(core.built_in "rules") do
    if not own[name] then list[#list + 1] = complete(core.require("rules." .. name)) end
  end
  table.sort(list, function(a, b) return a.id < b.id end)
  return list
end

-- The rules with this id or alias: another linter can have one rule where we have two. `within`: the key of the
-- configuration whose value names the rule; nil: the command line does.
function rules.find(list, word, within)
  local found, names = {}, {}
  for _, rule in ipairs(list) do
    if rule.names[word] then found[#found + 1] = rule end
    for name in pairs(rule.names) do names[#names + 1] = name end
  end
  if #found > 0 then return found end
  table.sort(names)
  local near = core.nearest(word, names)
  local path = within and core.config_path()
  core.fail("usage", ("rule \"%s\" does not exist"):format(word),
            near and ("Did you mean \"%s\"?"):format(near) or "moonbird lint --rules lists the rules.",
            path, nil, path and core.key_line(path, word, within))
end

return rules
