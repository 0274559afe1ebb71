-- fix.lua: rewrites the findings that have one safe form, in files that are not applied.
--
-- The rewrites of all findings are made, and the result is checked again, until nothing is left to rewrite.  If the result has
-- a finding that the migrations did not have, the rewrite that brought it is not made, and all begins again without it.

local core = ...
local applied = core.require "lint.fix.applied"
local change = core.require "lint.fix.change"
local compare = core.require "lint.fix.compare"
local diff = core.require "lint.fix.diff"
local File = core.require "lint.fix.file"
local lint = core.require "lint.lint"
local tree = core.require "lint.tree"

local MOST_ROUNDS = 10

local function key_of(finding) return compare.key(finding.file, finding.rule, finding.text) end

local Fixer = {}
Fixer.__index = Fixer

-- Remembers why a finding is not rewritten.
function Fixer:keep(finding, why)
  if self.kept[key_of(finding)] then return end
  self.kept[key_of(finding)] = why
  table.insert(self.reasons, { file = finding.file, line = finding.line, column = finding.column, rule = finding.rule, why = why })
end

-- ---- the rewrites ----

-- The rewrites to make now: path → list, one for each statement; and the paths in their order.
local function candidates(self, report)
  local by_path, paths, taken = {}, {}, {}
  for _, finding in ipairs(report.findings) do
    local rewrite = finding.rewrite
    if rewrite and not rewrite.ctx.migration.made and not taken[finding.text] and not self.kept[key_of(finding)] then
      local why = change.refusal(self, finding.file, rewrite.ctx.migration, rewrite.ctx.statements)
      if why then self:keep(finding, why)
      else
        taken[finding.text] = true
        if not by_path[finding.file] then
          by_path[finding.file] = {}
          paths[#paths + 1] = finding.file
        end
        table.insert(by_path[finding.file], { finding = finding, rewrite = rewrite })
      end
    end
  end
  return by_path, paths
end

-- Makes all rewrites that are not given up → the report of the result.
local function rewrite_all(self)
  self.texts, self.done, self.more, self.again = {}, {}, {}, false
  local report = self.before
  for _ = 1, MOST_ROUNDS do
    local by_path, paths = candidates(self, report)
    local made = #self.done
    for _, path in ipairs(paths) do change.file(self, path, by_path[path]) end
    if #self.done == made then break end
    report = self.lint(self.texts, self.more)
  end
  return report
end

-- ---- what is given up ----

-- Notes that a COMMIT before the statement of the finding solves it → may it be written there?
local function commits_before(self, finding)
  for _, fix in ipairs(finding.fix and finding.fix:find "^COMMIT;" and self.done or {}) do
    local key = key_of(fix.finding)
    if compare.makes(fix, finding) and not self.commits[key] and change.can_commit_before(self, fix) then
      self.commits[key] = true
      return true
    end
  end
  return false
end

-- Gives up the rewrites that brought the finding: those that made its statement; else those of its file; else all.
local function give_up(self, finding)
  local why = ("line %d of the rewritten file would have the finding %s: %s"):format(finding.line, finding.rule, finding.message)
  for _, is_cause in ipairs { compare.makes, function(fix) return fix.finding.file == finding.file end, function() return true end } do
    local found = false
    for _, fix in ipairs(self.done) do
      if is_cause(fix, finding) then
        self:keep(fix.finding, why)
        found = true
      end
    end
    if found then return end
  end
end

-- Gives up a rewrite whose statements the rule still finds.
local function check_gone(self, after)
  local open = false
  for _, finding in ipairs(after.findings) do
    for _, fix in ipairs(self.done) do
      if fix.finding.rule == finding.rule and fix.finding.file == finding.file and compare.makes(fix, finding) then
        self:keep(fix.finding, "the rule finds it again")
        open = true
      end
    end
  end
  return open
end

-- ---- the result ----

local function write_new(ctx, file)
  local made, why = ctx:new_migration(file.title, { suffix = ".sql", up = file.text, down = "-- There is nothing to undo.\n" })
  if not made then core.fail("failed", ("the migration \"%s\" cannot be made: %s"):format(file.title, why)) end
  file.path = made.files[1]
end

local function is_split(statements)
  for _, statement in ipairs(statements) do
    if statement.alone or statement.kind:find "^COMMIT$" then return true end
  end
  return false
end

-- Replaces the file; without `bytes` it only checks that it can.
local function replace(self, path, bytes)
  if core.replace(path, self.files[path].bytes, bytes) then return end
  core.fail("file", "the file was changed while lint --fix ran", "Run the command again.", path)
end

-- Checks all files before it writes the first one.
local function write(self, ctx)
  for _, file in ipairs(self.result.files) do
    if file.path then replace(self, file.path) end
  end
  for _, file in ipairs(self.result.files) do
    if file.path then replace(self, file.path, file.bytes) else write_new(ctx, file) end
    local new = self.texts[file.path]
    if self.journal and new and is_split(new.statements) then
      moonbird.log.info("note: %s is not one transaction, so Drizzle's own migrator cannot run it safely: apply it with moonbird up", file.path)
    end
  end
end

local function result_of(self, after)
  local rules, files = {}, {}
  for _, fix in ipairs(self.done) do
    local path = fix.finding.file
    rules[path] = rules[path] or {}
    table.insert(rules[path], fix.finding.rule)
  end
  for _, each in ipairs(self.more) do
    files[#files + 1] = { title = each.title, text = each.text, rules = moonbird.json.array(),
                          diff = diff(("a new migration, %s"):format(each.title), "", each.text) }
  end
  for path, new in tree.sorted(self.texts) do
    files[#files + 1] = { path = path, bytes = self.files[path]:bytes_of(new.text), text = new.text, rules = rules[path],
                          diff = diff(path, self.files[path].text, new.text) }
  end
  self.result = { before = self.before, after = after, files = files, kept = self.reasons, unknown = self.unknown }
  function self.result.write(ctx) write(self, ctx) end
  return self.result
end

-- What is known of the project's migrations.
local function learn(self, ctx)
  if not ctx.db then
    core.fail("usage", "lint --fix needs a database, to know which migrations are applied", "Give -d, -e or DATABASE_URL.")
  end
  local files, _, journal, format = ctx.project:files "auto"
  self.auto, self.journal, self.other_format = files, journal, format ~= nil
  self.states, self.unknown = applied(ctx)
end

-- options: as of Context:lint.  A text is taken for that of a file which is not applied.
-- → { before, after (reports), files ({ path; or title, of a new migration; text, diff, rules }), kept ({ file, line, column,
--     rule, why }: what could be rewritten, but is not), unknown (environments that could not be asked), write (a function) }
return function(ctx, options)
  local self = setmetatable({ kept = {}, commits = {}, reasons = {}, foreign = {}, states = {}, unknown = {}, auto = {} }, Fixer)
  self.files = options.text and { [options.path] = File.new(options.path, options.text) } or {}
  function self.lint(texts, more) return lint.run(ctx, options, texts, more) end
  self.before = self.lint({}, {})
  local ours = false
  for _, finding in ipairs(self.before.findings) do
    if finding.rewrite then
      self.foreign[finding.file] = finding.rewrite.ctx.migration.foreign
      ours = ours or not self.foreign[finding.file]
    end
  end
  if ours and not options.text then learn(self, ctx) end
  local function is_foreign(path) return self.foreign[path] end
  while true do
    local after = rewrite_all(self)
    local again = check_gone(self, after) or self.again
    for _, finding in ipairs(again and {} or compare.brought(self.before, after, self.done, is_foreign)) do
      if not commits_before(self, finding) then give_up(self, finding) end
      again = true
    end
    if not again then return result_of(self, after) end
  end
end
