-- context.lua: what a rule knows beside the statement: the migration, its transaction, and what the statements before
-- made.  It is the second argument of a rule's check.

local core = ...
local effects = core.require "lint.effects"
local locks = core.require "facts.lock_modes"
local made_by = core.require "lint.rollback"
local refine = core.require "lint.refine"
local tree = core.require "lint.tree"
local transaction = core.require "lint.transaction"

local Context = {}
Context.__index = Context

local ranks = {} -- of lock modes: the stronger one has the larger number
for i, mode in ipairs(locks.modes) do ranks[mode] = i end

-- Does the file itself decide where its transactions end?
local function has_own_transactions(migration)
  if migration.transaction == false then return true end
  for _, statement in ipairs(migration.statements) do
    local kind = transaction.kind(statement)
    if statement.alone or transaction.begins[kind] or transaction.ends[kind] then return true end
  end
  return false
end

-- A Lua migration is one transaction.  With transaction = false each step has its own, and which statements belong to one
-- step is unknown.
local function number_of_script(migration)
  local numbers = {}
  for i, statement in ipairs(migration.statements) do
    numbers[i] = migration.transaction ~= false and 1 or not statement.alone and i or nil
  end
  return numbers
end

-- Is the statement committed on its own, where no BEGIN is open?  moonbird does this with each statement if
-- the file says transaction=off. In any other file with several transactions it does it with ADD VALUE, because the new
-- value can be used only after a commit.
local function is_committed(migration, statement)
  local top = statement.tree
  return migration.transaction == false
         or not migration.foreign and top and top.tag == "AlterEnumStmt" and not top.oldVal
end

-- Gives each statement the number of its transaction; nil for one that runs outside of a transaction.
local function number_transactions(migration)
  if migration.lua then return number_of_script(migration) end
  local numbers, n, open = {}, 1, migration.surrounded
  local own = has_own_transactions(migration)
  for i, statement in ipairs(migration.statements) do
    local kind = own and transaction.kind(statement)
    if transaction.begins[kind] and not open then n, open = n + 1, true end
    local alone = own and statement.alone and not open
    if not alone then numbers[i] = n end
    if transaction.ends[kind] then n, open = n + 1, statement.tree.chain
    elseif alone or own and not open and is_committed(migration, statement) then n = n + 1
    end
  end
  return numbers
end

-- migration: { name, path, stream, lua, transaction, statements, … } of project:migrations.
-- facts: { version, settings, catalog, tables, whole, report }; `tables` is a Tables of all migrations that are checked,
-- `whole`: are these all migrations that are not applied?
function Context.new(migration, facts)
  return setmetatable({
    migration = migration, statements = migration.statements, version = facts.version, catalog = facts.catalog,
    settings = setmetatable({}, { __index = facts.settings }), transactions = number_transactions(migration),
    tables = facts.tables, whole = facts.whole, created = {}, held = {}, in_order = {}, of_transaction = {}, of_migration = {}, is_local = {}, done = {}, send = facts.report,
    undone = migration.undoes and made_by(migration.undoes) or {},
  }, Context)
end

-- What ends with a transaction: its locks, and what SET LOCAL set.
local function end_transaction(self)
  self.held, self.in_order, self.of_transaction = {}, {}, {}
  for name in pairs(self.is_local) do self.settings[name] = self.is_local[name].before end
  self.is_local = {}
end

-- Moves to the next statement: `index` is its number.
function Context:enter(index)
  if not self.transactions[index] or self.transactions[index] ~= self.transactions[index - 1] then end_transaction(self) end
  self.index, self.statement = index, self.statements[index]
  self.effects = refine(self, effects.of(self.statement, self.version))
end

-- Is the statement in a transaction?
function Context:in_transaction() return self.transactions[self.index] ~= nil end

-- An iterator over statements, whose numbers are in the list: index, statement.
local function numbered(statements, list)
  local i = 0
  return function()
    i = i + 1
    if list and list[i] then return list[i], statements[list[i]] end
  end
end

-- Iterators over the statements before this one whose tree has this tag: those of the migration, and those of its
-- transaction.
function Context:before(tag) return numbered(self.statements, self.of_migration[tag]) end
function Context:earlier(tag) return numbered(self.statements, self.of_transaction[tag]) end

local function add_number(list_of, tag, index)
  list_of[tag] = list_of[tag] or {}
  table.insert(list_of[tag], index)
end

-- What the database knows of a table, or of a domain, as catalog.lua gives it; nil without a database, or if it does not
-- exist.
function Context:table(relation) return self.catalog and self.catalog:table(tree.name(relation)) end
function Context:domain(name) return self.catalog and self.catalog:domain(name) end

-- The index, and the name of its table; nil without a database, or if it does not exist.
function Context:index_of(name)
  if self.catalog then return self.catalog:index(tree.name(name)) end
end

-- Is it a partitioned table, as far as the migrations or the database tell?
function Context:is_partitioned(relation)
  local known, made = self:table(relation), self.tables:find(relation)
  return known and known.partitioned or made and made.partitioned or false
end

-- Does the statement name an index, whose table is unknown?
local function names_index(key)
  return key:find "^Drop%.Index" ~= nil or key == "Reindex.Index" or key:find "^AlterTable%.Index" ~= nil
end

-- The locks of the statement on relations in use that make reads or writes of other sessions wait: a list of
-- { relation, lock, effect, index = true if the relation is an index }.  ALTER TABLE takes at once the strongest lock that one
-- of its commands needs.
function Context:blocking()
  local list, strongest = {}, {}
  local function add(relation, lock, effect)
    if relation and locks.blocks(lock) and not self:is_new(relation) then
      list[#list + 1] = { relation = relation, effect = effect, index = names_index(effect.key) }
      if (ranks[lock] or 0) > (ranks[strongest[relation]] or 0) then strongest[relation] = lock end
    end
  end
  for _, effect in ipairs(self.effects) do
    add(effect.relation, effect.fact.lock, effect)
    for _, other in ipairs(effect.others) do add(other.relation, other.lock, effect) end
  end
  for _, each in ipairs(list) do each.lock = strongest[each.relation] end
  return list
end

-- What of a relation waits for all commands of the statement: "reads and writes", "writes" or nil.
function Context:waits(relation)
  local name = tree.name(relation)
  for _, each in ipairs(self:blocking()) do
    if each.relation == name and not each.index then return locks.blocks(each.lock) end
  end
end

-- The first lock of the transaction's earlier statements that is on another relation than `except` and blocks:
-- { relation, lock, line }; nil if there is none.
function Context:other_lock(except, only)
  for _, held in ipairs(self.in_order) do
    if self.held[held.relation] and held.relation ~= except and (not only or held.lock == only) then return held end
  end
end

function Context:access_exclusive(except) return self:other_lock(except, "ACCESS EXCLUSIVE") end

-- Did this migration create the relation, so that nobody uses it yet?  A name, the parts of one, or a RangeVar.
function Context:is_new(relation)
  local name = tree.name(relation)
  return self.created[name] or type(relation) == "table" and relation.relpersistence == "t" or name:find "^pg_temp%." ~= nil
end

-- The tables that a migration drops: name → the number of the last statement that does it.
local function last_drops(statements)
  local last = {}
  for i, statement in ipairs(statements) do
    local top = statement.tree
    for _, name in ipairs(top and top.tag == "DropStmt" and top.removeType == "OBJECT_TABLE" and top.objects or {}) do
      last[tree.name(name)] = i
    end
  end
  return last
end

-- Does a later statement of this migration drop the table, so that what it held and allowed no longer matters?
function Context:drops_later(relation)
  self.last_drop = self.last_drop or last_drops(self.statements)
  return (self.last_drop[tree.name(relation)] or 0) > self.index
end

-- In a rollback: did its migration make the table, or this column of it, so that dropping it loses nothing older?
function Context:is_undone(relation, column)
  local name = tree.name(relation)
  return self.undone[name] or column ~= nil and self.undone[("%s.%s"):format(name, column)] or false
end

-- An iterator over the commands of an ALTER TABLE on a table that is in use; nothing for another statement. `also_new`:
-- of one on a new table too.
function Context:alter_table(statement, also_new)
  local top = statement.tree
  local wanted = top and top.tag == "AlterTableStmt" and top.objtype == "OBJECT_TABLE"
                 and (also_new or not self:is_new(top.relation))
  local i = 0
  return function()
    i = i + 1
    return wanted and top.cmds[i] or nil
  end
end

-- true only the first time that it is called with this word for the migration, or for the transaction if that is given.
function Context:once(word, per_transaction)
  if per_transaction then word = ("%s %d"):format(word, self.transactions[self.index] or 0) end
  local first = not self.done[word]
  self.done[word] = true
  return first
end

local severities = { error = true, warning = true, note = true }

local function check_finding(finding)
  for _, key in ipairs { "message", "fix", "severity", "not_as" } do
    local value = finding[key]
    if value ~= nil and type(value) ~= "string" then
      error(("\"%s\" of a finding must be a string, not a %s"):format(key, type(value)))
    end
  end
  if finding.severity and not severities[finding.severity] then
    error(("\"severity\" of a finding must be \"error\", \"warning\" or \"note\", not \"%s\""):format(finding.severity))
  end
end

-- Reports a finding: { at = a node, or nil for the statement; message; fix = the safe way, as SQL; line, column; statement =
-- one that is not the current one; severity, if it is milder than that of the rule; not_as = an alias of the rule that does not
-- stand for this finding }.
function Context:report(finding)
  check_finding(finding)
  local statement = finding.statement or self.statement
  local line, column = finding.line, finding.column
  if not line and statement then line, column = tree.place(statement, tree.location(finding.at)) end
  self.send { statement = statement, path = self.migration.path, line = line or 1, column = column or 1,
              message = finding.message, fix = finding.fix, severity = finding.severity, not_as = finding.not_as,
              relation = finding.relation and tree.name(finding.relation) }
end

-- DROP TABLE IF EXISTS before CREATE TEMP TABLE of the same name drops what an earlier run left: nobody waits for it.
local function remember(self, name)
  self.created[tree.name(name)] = true
  if name.relpersistence == "t" then self.held[tree.name(name)] = nil end
end

-- Remembers a setting.
local function set(self, name, value, is_local)
  if is_local and not self.is_local[name] then self.is_local[name] = { before = rawget(self.settings, name) } end
  self.settings[name] = value
end

local makes = {}

function makes.CreateStmt(self, top) remember(self, top.relation) end
function makes.CreateForeignTableStmt(self, top) remember(self, top.base.relation) end
function makes.CreateTableAsStmt(self, top) remember(self, top.into.rel) end

function makes.SelectStmt(self, top)
  if top.intoClause then remember(self, top.intoClause.rel) end
  for call in tree.nodes(top.targetList, "FuncCall") do
    local name, args = call.funcname, call.args or {}
    if name[#name] == "set_config" and args[2] and args[1].value then set(self, args[1].value, args[2].value, args[3] and args[3].value) end
  end
end

function makes.ViewStmt(self, top) remember(self, top.view) end
function makes.CreateSeqStmt(self, top) remember(self, top.sequence) end
function makes.CreateEnumStmt(self, top) remember(self, top.typeName) end
function makes.CompositeTypeStmt(self, top) remember(self, top.typevar) end
function makes.CreateDomainStmt(self, top) remember(self, top.domainname) end
function makes.CreateSchemaStmt(self, top) if top.schemaname then self.created["schema " .. top.schemaname] = true end end

function makes.IndexStmt(self, top)
  if not top.idxname then return end
  remember(self, top.relation.schemaname and { top.relation.schemaname, top.idxname } or { top.idxname })
end

-- A new table stays new under its new name.
function makes.RenameStmt(self, top)
  if top.renameType ~= "OBJECT_TABLE" or not self:is_new(top.relation) then return end
  remember(self, top.relation.schemaname and { top.relation.schemaname, top.newname } or { top.newname })
end

function makes.VariableSetStmt(self, top)
  if top.kind == "VAR_SET_VALUE" and top.args and top.args[1] then set(self, top.name, top.args[1].value, top.is_local)
  elseif top.kind == "VAR_RESET" or top.kind == "VAR_SET_DEFAULT" then set(self, top.name, nil, top.is_local) end
end

-- Remembers the strongest lock of each relation in use.
local function hold(self)
  for _, each in ipairs(self.transactions[self.index] and self:blocking() or {}) do
    local held = self.held[each.relation]
    if each.index then held = nil
    elseif not held then
      held = { relation = each.relation, lock = each.lock, line = self.statement.line }
      self.held[each.relation] = held
      table.insert(self.in_order, held)
    elseif ranks[each.lock] > ranks[held.lock] then
      held.lock = each.lock
    end
  end
end

-- Remembers what the statement made and locked; call it after the rules.
function Context:leave()
  hold(self)
  local top = self.statement.tree
  if top then
    local make = makes[top.tag]
    if make then make(self, top) end
    add_number(self.of_transaction, top.tag, self.index)
    add_number(self.of_migration, top.tag, self.index)
  end
  self.tables:apply(self.statement, self.migration)
end

return Context
