-- effects.lua: what a statement does to which relations, in the words of facts/statements.lua.
--
-- An effect: { key, fact, relation, at }.  `relation` is a name as tree.name gives it, nil where the statement names none;
-- `at` is the part of the tree that has this effect.

local core = ...
local statements = core.require "facts.statements"
local tree = core.require "lint.tree"
local volatile = core.require "lint.volatile"

local effects = {}

local contype = { CONSTR_CHECK = "check", CONSTR_FOREIGN = "foreign", CONSTR_UNIQUE = "unique", CONSTR_PRIMARY = "primary",
                  CONSTR_EXCLUSION = "exclusion", CONSTR_NOTNULL = "not_null" }

local function constraint_key(constraint)
  local key = "AlterTable.AddConstraint." .. (contype[constraint.contype] or constraint.contype)
  if constraint.indexname then key = key .. ".using_index" end
  if constraint.skip_validation then key = key .. ".not_valid" end
  return key
end

-- The forms of ADD COLUMN: one for each thing about the column that matters.
local function add_column_keys(column)
  local keys = { "AlterTable.AddColumn" }
  local default = tree.constraint(column, "CONSTR_DEFAULT")
  local function add(kind, form)
    if tree.constraint(column, kind) then keys[#keys + 1] = "AlterTable.AddColumn." .. form end
  end
  if volatile.is_serial(column) or default and volatile.call(default.raw_expr) then
    keys[#keys + 1] = "AlterTable.AddColumn.volatile_default"
  end
  add("CONSTR_GENERATED", "stored")
  add("CONSTR_IDENTITY", "identity")
  add("CONSTR_FOREIGN", "references")
  add("CONSTR_UNIQUE", "unique")
  add("CONSTR_PRIMARY", "unique")
  add("CONSTR_CHECK", "check")
  return keys
end

local subtypes = {}

function subtypes.AT_AddColumn(command) return add_column_keys(command.def) end
function subtypes.AT_AddConstraint(command) return { constraint_key(command.def) } end
function subtypes.AT_ValidateConstraint() return { "AlterTable.ValidateConstraint.check" } end

function subtypes.AT_DetachPartition(command)
  return { "AlterTable.DetachPartition" .. (command.def and command.def.concurrent and ".concurrent" or "") }
end

local function of_alter_table(statement, add)
  local prefix = statement.objtype == "OBJECT_INDEX" and "AlterTable.Index." or "AlterTable."
  for _, command in ipairs(statement.cmds or {}) do
    local of = prefix == "AlterTable." and subtypes[command.subtype]
    for _, key in ipairs(of and of(command) or { prefix .. command.subtype:gsub("^AT_", "") }) do
      add(key, statement.relation, command)
    end
  end
end

local object = { OBJECT_TABLE = "Table", OBJECT_INDEX = "Index", OBJECT_VIEW = "View", OBJECT_MATVIEW = "MatView",
                 OBJECT_SEQUENCE = "Sequence", OBJECT_COLUMN = "Column", OBJECT_TABCONSTRAINT = "TabConstraint",
                 OBJECT_TRIGGER = "Trigger", OBJECT_POLICY = "Policy", OBJECT_RULE = "Rule" }

local tags = { AlterTableStmt = of_alter_table }

function tags.IndexStmt(statement, add) add(statement.concurrent and "Index.concurrent" or "Index", statement.relation) end

function tags.DropStmt(statement, add)
  local kind = object[statement.removeType]
  local concurrent = statement.concurrent and ".concurrent" or ""
  for _, name in ipairs(kind and statement.objects or {}) do add("Drop." .. kind .. concurrent, name) end
end

function tags.RenameStmt(statement, add)
  local kind = object[statement.renameType]
  if kind then add("Rename." .. kind, statement.relation) end
end

function tags.AlterObjectSchemaStmt(statement, add)
  if statement.objectType == "OBJECT_TABLE" then add("AlterObjectSchema.Table", statement.relation) end
end

function tags.TruncateStmt(statement, add)
  for _, relation in ipairs(statement.relations) do add("Truncate", relation) end
end

function tags.ReindexStmt(statement, add)
  local kind = statement.kind == "REINDEX_OBJECT_INDEX" and "Index" or "Table"
  local concurrent
  for _, option in ipairs(statement.params or {}) do concurrent = concurrent or option.defname == "concurrently" end
  add("Reindex." .. kind .. (concurrent and kind == "Table" and ".concurrent" or ""), statement.relation)
end

function tags.RefreshMatViewStmt(statement, add)
  add("RefreshMatView" .. (statement.concurrent and ".concurrent" or ""), statement.relation)
end

function tags.VacuumStmt(statement, add)
  local full
  for _, option in ipairs(statement.options or {}) do full = full or option.defname == "full" end
  local key = statement.is_vacuumcmd and (full and "Vacuum.full" or "Vacuum") or "Vacuum.analyze"
  for _, each in ipairs(statement.rels or {}) do add(key, each.relation) end
end

function tags.LockStmt(statement, add)
  for _, relation in ipairs(statement.relations) do add("Lock", relation) end
end

-- Statements about one relation, with one form.
for tag, key in pairs {
  ClusterStmt = "Cluster", InsertStmt = "Insert", UpdateStmt = "Update", DeleteStmt = "Delete", CreateTrigStmt = "CreateTrig",
  RuleStmt = "Rule",
} do
  tags[tag] = function(statement, add) add(key, statement.relation) end
end

function tags.CreatePolicyStmt(statement, add) add("CreatePolicy", statement.table) end
function tags.AlterPolicyStmt(statement, add) add("AlterPolicy", statement.table) end

-- The effects of a statement on a server of this version (150020).
function effects.of(statement, version)
  local list, top = {}, statement.tree
  local of = top and tags[top.tag]
  if not of then return list end
  of(top, function(key, relation, at)
    local fact = statements.of(key, version)
    list[#list + 1] = { key = key, fact = fact or {}, relation = tree.name(relation), at = at or relation }
  end)
  return list
end

return effects
