-- fix.lua: rewrites the findings that have one safe form, in files that are not applied.
--
-- The rewrites of all findings are made, and the result is checked again, until nothing is left to rewrite.  If the result has
-- a finding that the migrations did not have, the rewrite that brought it is not made, and all begins again without it.

local core = ...
local applied = core.require "lint.fix.applied"
local compare = core.require "lint.fix.compare"
local diff = core.require "lint.fix.diff"
local Edit = core.require "lint.fix.edit"
local File = core.require "lint.fix.file"
local lint = core.require "lint.lint"
local place = core.require "lint.fix.place"
local tree = core.require "lint.tree"

local MOST_ROUNDS = 10

local function key_of(finding) return compare.key(finding.file, finding.rule, finding.text) end

-- Remembers why a finding is not rewritten.
local function keep(self, finding, why)
  if self.kept[key_of(finding)] then return end
  self.kept[key_of(finding)] = why
  table.insert(self.reasons, { file = finding.file, line = finding.line, column = finding.column, rule = finding.rule, why = why })
end

-- ---- one file ----

-- Why a file cannot be changed; nil if it can.
local function refusal(self, path, migration, statements)
  local file = self.files[path] or File.read(path)
  self.files[path] = file
  local state = migration.stream and self.states[migration.stream .. "/" .. migration.name]
  if state then return state end
  if file.mixed then return "some lines of the file end with CR LF, others with LF" end
  if not self.texts[path] and not file:holds(file.text, statements) then return "its place in the file is not known" end
end

-- Adds the text to the migration that finishes this one.
local function finish(self, migration, text)
  local title = ("finish %s"):format(migration.name)
  for _, each in ipairs(self.more) do
    if each.title == title then
      each.text = each.text .. text .. ";\n"
      return
    end
  end
  table.insert(self.more, { title = title, text = ("-- moonbird: description=Finishes %s\n\n%s;\n"):format(migration.name, text) })
end

-- Does a migration after this one name the relation?
local function is_named_later(self, migration, relation)
  local after = false
  for _, file in ipairs(self.auto) do
    if after and file.path and core.read(file.path):find(relation.relname, 1, true) then return true end
    after = after or file.path == migration.path
  end
  return false
end

-- Adds the part that runs later to `more`, if a migration behind all others can do it.
local function finish_elsewhere(self, fix)
  local ctx, index = fix.rewrite.ctx, fix.rewrite.index
  local relation = ctx.statements[index].tree.relation
  if ctx.migration.foreign or ctx.migration.stream ~= "auto" or not relation
     or is_named_later(self, ctx.migration, relation) then
    return false
  end
  finish(self, ctx.migration, fix.rewrite.later)
  return true
end

-- Is it a file in another tool's format, which may still run it?
local function is_shared(self, migration) return self.other_format and migration.stream == "auto" and not migration.lua end

-- Adds what runs later to `later`: number of a statement → { ending (true for COMMIT), texts }.
local function place_later(self, fix, later)
  local rewrite = fix.rewrite
  local migration = rewrite.ctx.migration
  if migration.lua or is_shared(self, migration) then
    if finish_elsewhere(self, fix) then return true end
    keep(self, fix.finding, "it needs a second transaction, which this file cannot have")
    return false
  end
  local behind, ending = place(rewrite.ctx, rewrite.index)
  if not behind then
    keep(self, fix.finding, ending)
    return false
  end
  later[behind] = later[behind] or { ending = ending, texts = {} }
  table.insert(later[behind].texts, rewrite.later)
  return true
end

local function has_alone(statements)
  for _, statement in ipairs(statements) do
    if statement.alone then return true end
  end
  return false
end

-- Why the file cannot have a statement that cannot run in a transaction, if the rewrite makes one; nil if it can.
local function refuse_alone(self, fix)
  local migration, made = fix.rewrite.ctx.migration, moonbird.statements(fix.rewrite.text)
  if not has_alone(made) then return nil end
  if migration.lua and #made > 1 then return "it would be several statements in one call of db" end
  if is_shared(self, migration) and migration.transaction ~= false then return "the tool of this format runs the file in one transaction" end
end

-- The texts of the statements after the changes, in their order.
local function expected(statements, done, later)
  local list, new = {}, {}
  local function add(text)
    for _, statement in ipairs(moonbird.statements(text)) do list[#list + 1] = statement.text end
  end
  for _, fix in ipairs(done) do new[fix.rewrite.index] = fix.rewrite.text end
  for i, statement in ipairs(statements) do
    if new[i] then add(new[i]) else list[#list + 1] = statement.text end
    if later[i] then add(later[i].text) end
  end
  return list
end

-- Are these the statements?  A quote or a new line can end the Lua string that a statement is in.
local function are(statements, texts)
  for i = 1, math.max(#statements, #texts) do
    if not statements[i] or statements[i].text ~= texts[i] then return false end
  end
  return true
end

local function change_file(self, path, fixes)
  local file, statements = self.files[path], fixes[1].rewrite.ctx.statements
  local text = self.texts[path] and self.texts[path].text or file.text
  local offsets, changes, later, done = File.offsets(text, statements), {}, {}, {}
  for _, fix in ipairs(fixes) do
    local why = refuse_alone(self, fix)
    if why then keep(self, fix.finding, why)
    elseif not fix.rewrite.later or place_later(self, fix, later) then
      local from = offsets[fix.rewrite.index]
      changes[#changes + 1] = { from = from, to = from + #statements[fix.rewrite.index].text - 1, text = fix.rewrite.text }
      done[#done + 1] = fix
    end
  end
  for i, each in pairs(later) do -- File:change sorts the changes
    local from = offsets[i] + #statements[i].text
    local joint = each.ending and Edit.new(statements[i]):keyword ";\nCOMMIT;\n\n" or ";\n"
    each.text = joint .. table.concat(each.texts, ";\n")
    changes[#changes + 1] = { from = from, to = from - 1, text = each.text }
  end
  if #done == 0 then return end
  local new_text, new_statements = file:change(text, statements, changes)
  if not are(new_statements, expected(statements, done, later)) then
    for _, fix in ipairs(done) do keep(self, fix.finding, "its text does not fit into the string that it is in") end
    return
  end
  self.texts[path] = { text = new_text, statements = new_statements }
  table.move(done, 1, #done, #self.done + 1, self.done)
end

-- ---- all files ----

-- The rewrites to make now: path → list, one for each statement; and the paths in their order.
local function candidates(self, report)
  local by_path, paths, taken = {}, {}, {}
  for _, finding in ipairs(report.findings) do
    local rewrite = finding.rewrite
    if rewrite and not rewrite.ctx.migration.made and not taken[finding.text] and not self.kept[key_of(finding)] then
      local why = refusal(self, finding.file, rewrite.ctx.migration, rewrite.ctx.statements)
      if why then keep(self, finding, why)
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
  self.texts, self.done, self.more = {}, {}, {}
  local report = self.before
  for _ = 1, MOST_ROUNDS do
    local by_path, paths = candidates(self, report)
    local made = #self.done
    for _, path in ipairs(paths) do change_file(self, path, by_path[path]) end
    if #self.done == made then break end
    report = self.lint(self.texts, self.more)
  end
  return report
end

-- ---- what is given up ----

-- Gives up the rewrites that brought the finding: those that made its statement; else those of its file; else all.
local function give_up(self, finding)
  local why = ("it would bring: %s [%s]"):format(finding.message, finding.rule)
  for _, is_cause in ipairs { compare.makes, function(fix) return fix.finding.file == finding.file end, function() return true end } do
    local found = false
    for _, fix in ipairs(self.done) do
      if is_cause(fix, finding) then
        keep(self, fix.finding, why)
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
        keep(self, fix.finding, "the rule finds it again")
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

local function write(self, ctx)
  for _, file in ipairs(self.result.files) do
    if not file.path then write_new(ctx, file)
    elseif not core.replace(file.path, self.files[file.path].bytes, file.bytes) then
      core.fail("file", "the file was changed while lint --fix ran", "Run the command again.", file.path)
    end
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
  local self = { kept = {}, reasons = {}, foreign = {}, states = {}, unknown = {}, auto = {} }
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
    local again = check_gone(self, after)
    for _, finding in ipairs(again and {} or compare.brought(self.before, after, self.done, is_foreign)) do
      give_up(self, finding)
      again = true
    end
    if not again then return result_of(self, after) end
  end
end
