-- effects.lua: what a statement does to which relations, in the words of facts/statements.lua.
--
-- An effect: { key, fact, relation, others, at }.  `relation` is a name as tree.name gives it, nil where the statement
-- names none; `others` are the further relations that the statement names: { relation, lock }; `at` is the part of the
-- tree that has this effect.
--
-- Where only the catalog can tell two forms apart, such as the old type of a column, the effect is that of the slower one.

local core = ...
local locks = core.require "facts.lock_modes"
local statements = core.require "facts.statements"
local tree = core.require "lint.tree"
local volatile = core.require "lint.tree.volatile"

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

-- The tables that foreign keys in a list of definitions reference.
local function referenced(definitions)
  local list = {}
  for constraint in tree.nodes(definitions, "Constraint") do list[#list + 1] = constraint.pktable end
  return list
end

-- The relations that a query reads, without its WITH queries.
local function sources(query)
  local list, with = {}, {}
  for cte in tree.nodes(query, "CommonTableExpr") do with[cte.ctename] = true end
  for relation in tree.nodes(query, "RangeVar") do
    if relation.schemaname or not with[relation.relname] then list[#list + 1] = relation end
  end
  return list
end

local subtypes = {}

function subtypes.AT_AddColumn(command) return add_column_keys(command.def), { referenced = referenced { command.def } } end
function subtypes.AT_AddConstraint(command) return { constraint_key(command.def) }, { referenced = { command.def.pktable } } end
function subtypes.AT_ValidateConstraint() return { "AlterTable.ValidateConstraint.check" } end
function subtypes.AT_AttachPartition(command) return { "AlterTable.AttachPartition" }, { partition = { command.def.name } } end
function subtypes.AT_AddInherit(command) return { "AlterTable.AddInherit" }, { parent = { command.def } } end
function subtypes.AT_DropInherit(command) return { "AlterTable.DropInherit" }, { parent = { command.def } } end

function subtypes.AT_DetachPartition(command)
  return { "AlterTable.DetachPartition" .. (command.def.concurrent and ".concurrent" or "") },
         { partition = { command.def.name } }
end

-- Subtypes that are forms of another one.
local same = {
  EnableTrigAll = "EnableTrig", EnableTrigUser = "EnableTrig", EnableAlwaysTrig = "EnableTrig", EnableReplicaTrig = "EnableTrig",
  DisableTrigAll = "DisableTrig", DisableTrigUser = "DisableTrig", EnableAlwaysRule = "EnableRule", EnableReplicaRule = "EnableRule",
}

local function of_alter_table(statement, add)
  local prefix = statement.objtype == "OBJECT_INDEX" and "AlterTable.Index." or "AlterTable."
  for _, command in ipairs(statement.cmds or {}) do
    local of = prefix == "AlterTable." and subtypes[command.subtype]
    local name = command.subtype:gsub("^AT_", "")
    local keys, roles = { prefix .. (same[name] or name) }, nil
    if of then keys, roles = of(command) end
    for _, key in ipairs(keys) do add(key, statement.relation, command, roles) end
  end
end

local object = { OBJECT_TABLE = "Table", OBJECT_INDEX = "Index", OBJECT_VIEW = "View", OBJECT_MATVIEW = "MatView",
                 OBJECT_SEQUENCE = "Sequence", OBJECT_COLUMN = "Column", OBJECT_TABCONSTRAINT = "TabConstraint",
                 OBJECT_TRIGGER = "Trigger", OBJECT_POLICY = "Policy", OBJECT_RULE = "Rule",
                 OBJECT_STATISTIC_EXT = "StatisticExt" }

-- Objects that belong to a relation: its name comes before theirs.
local of_relation = { Trigger = true, Policy = true, Rule = true, Column = true }

local function owner(name) return { table.unpack(name, 1, #name - 1) } end

local tags = { AlterTableStmt = of_alter_table }

function tags.IndexStmt(statement, add) add(statement.concurrent and "Index.concurrent" or "Index", statement.relation) end

function tags.DropStmt(statement, add)
  local kind = object[statement.removeType]
  local concurrent = statement.concurrent and ".concurrent" or ""
  for _, name in ipairs(kind and statement.objects or {}) do
    add("Drop." .. kind .. concurrent, of_relation[kind] and owner(name) or name)
  end
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
  add("Reindex." .. kind .. (tree.option(statement.params, "concurrently") and ".concurrent" or ""), statement.relation)
end

function tags.RefreshMatViewStmt(statement, add)
  add("RefreshMatView" .. (statement.concurrent and ".concurrent" or ""), statement.relation)
end

function tags.VacuumStmt(statement, add)
  local full = tree.option(statement.options, "full")
  local key = statement.is_vacuumcmd and (full and "Vacuum.full" or "Vacuum") or "Vacuum.analyze"
  for _, each in ipairs(statement.rels or {}) do add(key, each.relation) end
end

-- LockStmt has the number of the mode, from 1.
function tags.LockStmt(statement, add)
  for _, relation in ipairs(statement.relations) do add("Lock", relation).fact.lock = locks.modes[statement.mode] end
end

-- Statements about one relation, with one form.
for tag, key in pairs {
  ClusterStmt = "Cluster", InsertStmt = "Insert", UpdateStmt = "Update", DeleteStmt = "Delete", MergeStmt = "Update",
  CreateTrigStmt = "CreateTrig", RuleStmt = "Rule",
} do
  tags[tag] = function(statement, add)
    if statement.relation then add(key, statement.relation) end
  end
end

function tags.CopyStmt(statement, add)
  if statement.relation then add(statement.is_from and "Insert" or "Select", statement.relation) end
end

function tags.SelectStmt(statement, add)
  local key = statement.lockingClause and "Select.for_update" or "Select"
  for _, relation in ipairs(sources(statement)) do add(key, relation) end
end

function tags.CreateStmt(statement, add)
  add("Create.references", nil, statement, { referenced = referenced(statement.tableElts) })
  add(statement.partbound and "Create.partition_of" or "Create.inherits", nil, statement, { parent = statement.inhRelations })
  local likes = {}
  for like in tree.nodes(statement.tableElts, "TableLikeClause") do likes[#likes + 1] = like.relation end
  add("Create.like", nil, statement, { source = likes })
end

function tags.ViewStmt(statement, add)
  add(statement.replace and "View.replace" or "View", statement.view, nil, { source = sources(statement.query) })
end

function tags.CreateTableAsStmt(statement, add)
  if statement.objtype == "OBJECT_MATVIEW" then
    add("CreateTableAs.MatView", nil, statement, { source = sources(statement.query) })
  end
end

function tags.CreatePolicyStmt(statement, add) add("CreatePolicy", statement.table) end
function tags.AlterPolicyStmt(statement, add) add("AlterPolicy", statement.table) end
function tags.AlterSeqStmt(statement, add) add("AlterSeq", statement.sequence) end
function tags.CreateStatsStmt(statement, add) add("CreateStats", statement.relations[1]) end
function tags.AlterEnumStmt(_, add) add "AlterEnum" end
function tags.DropSubscriptionStmt(_, add) add "DropSubscription" end

function tags.CommentStmt(statement, add)
  local kind = object[statement.objtype]
  if kind == "Table" then add("Comment.Table", statement.object) end
  if kind == "Column" then add("Comment.Column", owner(statement.object)) end
end

function tags.GrantStmt(statement, add)
  if statement.objtype ~= "OBJECT_TABLE" or statement.targtype ~= "ACL_TARGET_OBJECT" then return end
  for _, relation in ipairs(statement.objects) do add("Grant.Table", relation) end
end

function tags.CreatePublicationStmt(statement, add)
  for _, each in ipairs(statement.pubobjects or {}) do
    if each.pubtable then add("CreatePublication.Table", each.pubtable.relation) end
  end
end

function tags.DropSubscriptionStmt(_, add) add("DropSubscription") end

-- "ALTER DOMAIN" in PostgreSQL's gram.y.
local domain = { T = "ColumnDefault", N = "DropNotNull", O = "SetNotNull", C = "AddConstraint", X = "DropConstraint",
                 V = "ValidateConstraint" }

function tags.AlterDomainStmt(statement, add)
  local valid = not (statement.def and statement.def.skip_validation)
  add("AlterDomain." .. domain[statement.subtype] .. (valid and "" or ".not_valid"))
end

-- The relations of each role, with its mode.
local function others_of(fact, roles)
  local list = {}
  for role, relations in tree.sorted(roles or {}) do
    for _, relation in ipairs(fact.others and fact.others[role] and relations or {}) do
      list[#list + 1] = { relation = tree.name(relation), lock = fact.others[role] }
    end
  end
  return list
end

-- The effects of a statement on a server of this version (150020).
function effects.of(statement, version)
  local list, top = {}, statement.tree
  local of = top and tags[top.tag]
  if not of then return list end
  of(top, function(key, relation, at, roles)
    local fact = statements.of(key, version) or {}
    local effect = { key = key, fact = fact, relation = tree.name(relation), others = others_of(fact, roles), at = at or relation }
    list[#list + 1] = effect
    return effect
  end)
  return list
end

return effects
