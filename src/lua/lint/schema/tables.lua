-- tables.lua: the tables that the checked migrations make and change, as far as their statements tell.
--
-- A table:
--   name, relation, migration, statement   where it is made; without `made`, where it is seen first
--   made        do the checked migrations make it?  If not, only what they add to it is known.
--   partitioned is it a partitioned table?
--   inherits    it is a partition, or has columns, keys or indexes from elsewhere
--   columns     name → { name, type = its TypeName, definition }
--   not_null    name → true for the columns that are NOT NULL
--   retyped     name → the TypeName that ALTER COLUMN ... TYPE gave to a column that is not in `columns`
--   order       the columns' names, in order
--   indexes     { name, columns, unique, primary, method, where, definition }; those of constraints too.  `columns` has
--               false for an expression.
--   foreign     { name, columns, target, target_columns, definition }
--   not_valid   name → { name, definition }
--   checks      CHECK constraints: { name (nil for an unnamed one), expression, valid }
--   validated   name → true for each VALIDATE CONSTRAINT, also of a constraint that is not known
-- Each entry also has `migration` and `statement`: where it comes from.

local core = ...
local tree = core.require "lint.tree"

local Tables = {}
Tables.__index = Tables

function Tables.new() return setmetatable({ all = {}, groups = {} }, Tables) end

-- The table of this name (a RangeVar, the parts of a name, or what tree.name returns); nil if no statement names it.
function Tables:find(name) return self.all[tree.name(name)] end

local function new_table(relation, origin)
  return { name = tree.name(relation), relation = relation, migration = origin.migration, statement = origin.statement,
           columns = {}, not_null = {}, retyped = {}, order = {}, indexes = {}, foreign = {}, not_valid = {}, checks = {}, validated = {} }
end

local function known(self, relation, origin)
  local name = tree.name(relation)
  self.all[name] = self.all[name] or new_table(relation, origin)
  return self.all[name]
end

local function add(list, entry, origin)
  entry.migration, entry.statement = origin.migration, origin.statement
  list[#list + 1] = entry
end

local function remove(list, unwanted)
  for i = #list, 1, -1 do
    if unwanted(list[i]) then table.remove(list, i) end
  end
end

-- The name that PostgreSQL gives to a constraint or index without one.
local function default_name(of, columns, suffix)
  local parts = { of.relation.relname }
  for _, column in ipairs(columns) do parts[#parts + 1] = column or "expr" end
  parts[#parts + 1] = suffix
  return table.concat(parts, "_")
end

local constraints = {}

function constraints.CONSTR_NOTNULL(of, _, columns)
  for _, name in ipairs(columns) do of.not_null[name] = true end
end

constraints.CONSTR_IDENTITY = constraints.CONSTR_NOTNULL

function constraints.CONSTR_PRIMARY(of, constraint, columns, origin)
  constraints.CONSTR_NOTNULL(of, constraint, columns)
  add(of.indexes, { name = constraint.conname or default_name(of, {}, "pkey"), columns = columns, unique = true,
                    primary = true, definition = constraint }, origin)
end

function constraints.CONSTR_UNIQUE(of, constraint, columns, origin)
  local all = table.move(constraint.including or {}, 1, #(constraint.including or {}), #columns + 1, { table.unpack(columns) })
  add(of.indexes, { name = constraint.conname or default_name(of, all, "key"), columns = columns, unique = true,
                    definition = constraint }, origin)
end

function constraints.CONSTR_FOREIGN(of, constraint, columns, origin)
  add(of.foreign, { name = constraint.conname or default_name(of, columns, "fkey"), columns = columns,
                    target = constraint.pktable, target_columns = constraint.pk_attrs, definition = constraint }, origin)
end

function constraints.CONSTR_CHECK(of, constraint, _, origin)
  add(of.checks, { name = constraint.conname, expression = constraint.raw_expr, valid = not constraint.skip_validation }, origin)
end

-- A constraint of the table, or of the column `column`.
local function add_constraint(of, constraint, origin, column)
  local kind = constraints[constraint.contype]
  local columns = column and { column } or constraint.fk_attrs or constraint.keys
  if constraint.indexname then
    for _, index in ipairs(of.indexes) do
      if index.name == constraint.indexname then columns, index.name = index.columns, false end
    end
    remove(of.indexes, function(index) return index.name == false end)
  end
  if kind then kind(of, constraint, table.move(columns or {}, 1, #(columns or {}), 1, {}), origin) end
  if constraint.skip_validation and constraint.conname then
    of.not_valid[constraint.conname] = { name = constraint.conname, definition = constraint,
                                         migration = origin.migration, statement = origin.statement }
  end
end

local function add_column(of, definition, origin)
  if not of.columns[definition.colname] then of.order[#of.order + 1] = definition.colname end
  of.columns[definition.colname] = { name = definition.colname, type = definition.typeName, definition = definition,
                                     migration = origin.migration, statement = origin.statement }
  for _, constraint in ipairs(definition.constraints or {}) do add_constraint(of, constraint, origin, definition.colname) end
end

local function has(list, name)
  for _, each in ipairs(list) do
    if each == name then return true end
  end
  return false
end

local commands = {}

function commands.AT_AddColumn(of, command, origin) add_column(of, command.def, origin) end
function commands.AT_AddConstraint(of, command, origin) add_constraint(of, command.def, origin) end

function commands.AT_ValidateConstraint(of, command)
  of.not_valid[command.name], of.validated[command.name] = nil, true
  for _, check in ipairs(of.checks) do check.valid = check.valid or check.name == command.name end
end

function commands.AT_DropColumn(of, command)
  local function uses(entry) return has(entry.columns, command.name) end
  of.columns[command.name], of.retyped[command.name], of.not_null[command.name] = nil, nil, nil
  remove(of.order, function(name) return name == command.name end)
  remove(of.indexes, uses)
  remove(of.foreign, uses)
end

function commands.AT_SetNotNull(of, command) of.not_null[command.name] = true end
function commands.AT_DropNotNull(of, command) of.not_null[command.name] = nil end

function commands.AT_AlterColumnType(of, command)
  local column = of.columns[command.name]
  if column then column.type = command.def.typeName else of.retyped[command.name] = command.def.typeName end
end

function commands.AT_DropConstraint(of, command)
  local function named(entry) return entry.name == command.name end
  of.not_valid[command.name], of.validated[command.name] = nil, nil
  remove(of.checks, named)
  remove(of.indexes, named)
  remove(of.foreign, named)
end

function commands.AT_AddInherit(of) of.inherits = true end

local tags = {}

function tags.CreateStmt(self, top, origin)
  local name = tree.name(top.relation)
  if self.all[name] and self.all[name].made and top.if_not_exists then return end
  local of = new_table(top.relation, origin)
  of.made, of.partitioned = true, top.partspec ~= nil
  of.inherits = (top.inhRelations or top.ofTypename) ~= nil
  for _, element in ipairs(top.tableElts or {}) do
    if element.tag == "ColumnDef" then add_column(of, element, origin)
    elseif element.tag == "TableLikeClause" then of.inherits = true end
  end
  for _, element in ipairs(top.tableElts or {}) do
    if element.tag == "Constraint" then add_constraint(of, element, origin) end
  end
  self.all[name] = of
end

function tags.AlterTableStmt(self, top, origin)
  if top.objtype ~= "OBJECT_TABLE" then return end
  local of = known(self, top.relation, origin)
  for _, command in ipairs(top.cmds) do
    local apply = commands[command.subtype]
    if apply then apply(of, command, origin) end
    if command.subtype == "AT_AttachPartition" then known(self, command.def.name, origin).inherits = true end
  end
end

function tags.IndexStmt(self, top, origin)
  local of, columns = known(self, top.relation, origin), {}
  for i, element in ipairs(top.indexParams or {}) do columns[i] = element.name or false end
  add(of.indexes, { name = top.idxname or default_name(of, columns, "idx"), columns = columns, unique = top.unique,
                    method = top.accessMethod, where = top.whereClause, definition = top }, origin)
end

local drops = {}

function drops.OBJECT_TABLE(self, name) self.all[tree.name(name)] = nil end

function drops.OBJECT_INDEX(self, name)
  for _, of in pairs(self.all) do
    remove(of.indexes, function(index)
      return index.name == name[#name] and (#name == 1 or name[1] == (of.relation.schemaname or "public"))
    end)
  end
end

function tags.DropStmt(self, top)
  local drop = drops[top.removeType]
  for _, name in ipairs(drop and top.objects or {}) do drop(self, name) end
end

local function rename(list, old, new)
  for i, each in ipairs(list) do
    if each == old then list[i] = new end
  end
end

local renames = {}

function renames.OBJECT_TABLE(self, top, of)
  self.all[of.name] = nil
  of.relation = setmetatable({ relname = top.newname }, { __index = of.relation })
  of.name = tree.name { of.relation.schemaname or "public", top.newname }
  self.all[of.name] = of
end

function renames.OBJECT_COLUMN(_, top, of)
  local column = of.columns[top.subname]
  rename(of.order, top.subname, top.newname)
  of.columns[top.subname], of.columns[top.newname] = nil, column
  of.retyped[top.subname], of.retyped[top.newname] = nil, of.retyped[top.subname]
  of.not_null[top.subname], of.not_null[top.newname] = nil, of.not_null[top.subname]
  if column then column.name = top.newname end
  for _, entry in ipairs(of.indexes) do rename(entry.columns, top.subname, top.newname) end
  for _, entry in ipairs(of.foreign) do rename(entry.columns, top.subname, top.newname) end
end

function renames.OBJECT_TABCONSTRAINT(_, top, of)
  for _, list in ipairs { of.indexes, of.foreign, of.checks } do
    for _, entry in ipairs(list) do
      if entry.name == top.subname then entry.name = top.newname end
    end
  end
  of.not_valid[top.newname], of.not_valid[top.subname] = of.not_valid[top.subname], nil
end

function tags.RenameStmt(self, top)
  local of = top.relation and self:find(top.relation)
  if of and renames[top.renameType] then renames[top.renameType](self, top, of) end
end

-- Takes over what a statement of the migration does to tables that are not temporary.
function Tables:apply(statement, migration)
  local top = statement.tree
  local of = top and tags[top.tag]
  if not of or top.relation and top.relation.relpersistence == "t" then return end
  of(self, top, { statement = statement, migration = migration })
  self.groups = {}
end

local function is_before(a, b)
  local first, second = a[1].statement, b[1].statement
  if first.line ~= second.line then return first.line < second.line end
  if first.column ~= second.column then return (first.column or 1) < (second.column or 1) end
  local place, other = tree.location(a[1].definition) or 0, tree.location(b[1].definition) or 0
  if place ~= other then return place < other end
  if a[2].name ~= b[2].name then return a[2].name < b[2].name end
  return (a[1].name or "") < (b[1].name or "")
end

-- migration → the entries that it made, each with its table, in the order of their places.
local function group(all, field)
  local groups = {}
  for _, of in pairs(all) do
    for _, entry in pairs(field and of[field] or { of }) do
      if field or of.made then
        groups[entry.migration] = groups[entry.migration] or {}
        table.insert(groups[entry.migration], { entry, of })
      end
    end
  end
  for _, list in pairs(groups) do table.sort(list, is_before) end
  return groups
end

-- An iterator over the entries in a field of all tables that the migration made, in the order of their places:
-- entry, table.  Without a field: over the tables that it made.
function Tables:from(migration, field)
  local key = field or "made"
  self.groups[key] = self.groups[key] or group(self.all, field)
  local list = self.groups[key][migration] or {}
  local i = 0
  return function()
    i = i + 1
    if list[i] then return list[i][1], list[i][2] end
  end
end

return Tables
