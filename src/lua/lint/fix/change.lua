-- change.lua: the changes that rewrites make in one file.
--
-- `self` is the state of fix.lua: files (path → File), texts (path → { text, statements }, the new ones), states (of migrations
-- that are applied), auto (the files of the stream), other_format, commits (key of a finding → must a COMMIT be before it?), done (the rewrites that were made), more (migrations that do
-- not exist yet), keep (a method: gives up the rewrite of a finding), again (must all begin again?).

local core = ...
local compare = core.require "lint.fix.compare"
local Edit = core.require "lint.fix.edit"
local File = core.require "lint.fix.file"
local place = core.require "lint.fix.place"

local change = {}

-- Why a file cannot be changed; nil if it can.
function change.refusal(self, path, migration, statements)
  local file = self.files[path] or File.read(path)
  self.files[path] = file
  local state = migration.stream and self.states[migration.stream .. "/" .. migration.name]
  if state then return state end
  if file.link then return "the file is a link" end
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
  table.insert(self.more, { title = title, text = ("-- moonbird: description=Finishes %s\n\n%s;\n"):format(core.require "description"(migration.name), text) })
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
    self:keep(fix.finding, "it needs a second transaction, which this file cannot have")
    return false
  end
  local behind, ending = place.of_later(rewrite.ctx, rewrite.index)
  if not behind then
    self:keep(fix.finding, ending)
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

-- Writes the COMMIT without which the rewrite would bring another finding.
local function commit_before(self, fix)
  local rewrite = fix.rewrite
  if rewrite.commits or not self.commits[compare.key(fix.finding.file, fix.finding.rule, fix.finding.text)] then return end
  rewrite.commits = true
  rewrite.text = Edit.new(fix.finding.text):keyword "\nCOMMIT;\n\n" .. rewrite.text
end

-- May a COMMIT be written before the statement of the rewrite?
function change.can_commit_before(self, fix)
  local migration = fix.rewrite.ctx.migration
  return not is_shared(self, migration) and place.can_commit_before(fix.rewrite.ctx, fix.rewrite.index)
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

-- Makes the rewrites in the file: a list of { finding, rewrite }, one for each statement.
function change.file(self, path, fixes)
  local file, statements = self.files[path], fixes[1].rewrite.ctx.statements
  local text = self.texts[path] and self.texts[path].text or file.text
  local offsets, changes, later, done = File.offsets(text, statements), {}, {}, {}
  for _, fix in ipairs(fixes) do
    local why = refuse_alone(self, fix)
    if why then self:keep(fix.finding, why)
    elseif not fix.rewrite.later or place_later(self, fix, later) then
      local from = offsets[fix.rewrite.index]
      commit_before(self, fix)
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
    for _, fix in ipairs(done) do self:keep(fix.finding, "its text does not fit into the string that it is in") end
    self.again = true -- `more` may have parts of these rewrites
    return
  end
  self.texts[path] = { text = new_text, statements = new_statements }
  table.move(done, 1, #done, #self.done + 1, self.done)
end

return change
