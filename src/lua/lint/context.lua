-- context.lua: what a rule knows beside the statement: the migration, its transaction, and what the statements before
-- made.  It is the second argument of a rule's check.

local core = ...
local tree = core.require "lint.tree"
local effects = core.require "lint.effects"
local transaction = core.require "lint.transaction"

local Context = {}
Context.__index = Context

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

-- Is the statement committed on its own, where no BEGIN is open?  moonbird does this with transaction=off, and in any file
-- that has several transactions with ADD VALUE, whose value cannot be used before.
local function is_committed(migration, statement)
  local top = statement.tree
  return migration.transaction == false
         or not migration.foreign and top and top.tag == "AlterEnumStmt" and not top.oldVal
end

-- Gives each statement the number of its transaction; nil for one that runs outside of a transaction.
local function number_transactions(migration)
  if migration.lua then return number_of_script(migration) end
  local numbers, n, open = {}, 1, false
  local own = has_own_transactions(migration)
  for i, statement in ipairs(migration.statements) do
    local kind = own and transaction.kind(statement)
    if transaction.begins[kind] then n, open = n + 1, true end
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
    tables = facts.tables, whole = facts.whole, created = {}, send = facts.report,
  }, Context)
end

-- Moves to the next statement: `index` is its number.
function Context:enter(index)
  self.index, self.statement = index, self.statements[index]
  self.effects = effects.of(self.statement, self.version)
end

-- Is the statement in a transaction?
function Context:in_transaction() return self.transactions[self.index] ~= nil end

-- An iterator over the statements before this one in its transaction: index, statement.
function Context:earlier()
  local number, i = self.transactions[self.index], 0
  return function()
    repeat i = i + 1 until i >= self.index or number and self.transactions[i] == number
    if number and i < self.index then return i, self.statements[i] end
  end
end

-- Did this migration create the relation, so that nobody uses it yet?  A name, the parts of one, or a RangeVar.
function Context:is_new(relation)
  local name = tree.name(relation)
  return self.created[name] or type(relation) == "table" and relation.relpersistence == "t" or name:find "^pg_temp%." ~= nil
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

-- Reports a finding: { at = a node, or nil for the statement; message; fix = the safe way, as SQL; line, column; statement =
-- another one than the current one; severity, if it is milder than that of the rule }.
function Context:report(finding)
  local statement = finding.statement or self.statement
  local line, column = finding.line, finding.column
  if not line and statement then line, column = tree.place(statement, tree.location(finding.at)) end
  self.send { statement = statement, path = self.migration.path, line = line or 1, column = column or 1,
              message = finding.message, fix = finding.fix, severity = finding.severity,
              relation = finding.relation and tree.name(finding.relation) }
end

local function remember(self, name) self.created[tree.name(name)] = true end

local makes = {}

function makes.CreateStmt(self, top) remember(self, top.relation) end
function makes.CreateForeignTableStmt(self, top) remember(self, top.base.relation) end
function makes.CreateTableAsStmt(self, top) remember(self, top.into.rel) end
function makes.SelectStmt(self, top) if top.intoClause then remember(self, top.intoClause.rel) end end
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
  if top.kind == "VAR_SET_VALUE" and top.args and top.args[1] then self.settings[top.name] = top.args[1].value end
end

-- Remembers what the statement made; call it after the rules.
function Context:leave()
  local top = self.statement.tree
  local make = top and makes[top.tag]
  if make then make(self, top) end
  self.tables:apply(self.statement, self.migration)
end

return Context
