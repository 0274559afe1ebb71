-- constraint.lua: what the rewrites of ALTER TABLE share.

local core = ...
local tree = core.require "lint.tree"

local constraint = {}

local MOST_BYTES = 63 -- of a name; PostgreSQL cuts a longer one

-- "ALTER TABLE ONLY app.users", with the options of this statement.
function constraint.alter_table(top, edit)
  return ("%s%s%s %s"):format(edit:keyword "ALTER TABLE", top.missing_ok and " " .. edit:keyword "IF EXISTS" or "",
                              not top.relation.inh and " " .. edit:keyword "ONLY" or "", tree.sql_name(top.relation))
end

-- The name as SQL; nil if it is too long.
function constraint.name(...)
  local name = table.concat({ ... }, "_")
  return #name <= MOST_BYTES and tree.quoted(name) or nil
end

-- The only column in an expression; nil if there are several.
local function only_column(expression)
  local only
  for reference in tree.nodes(expression, "ColumnRef") do
    local name = reference.fields[#reference.fields]
    if type(name) ~= "string" or only and only ~= name then return nil end
    only = name
  end
  return only
end

-- The name that PostgreSQL gives to an unnamed constraint: ChooseConstraintName in pg_constraint.c, and for an index
-- ChooseIndexName in indexcmds.c, which also takes the columns of INCLUDE.
local function default_name(relation, of)
  if of.contype == "CONSTR_UNIQUE" then
    local columns = table.move(of.including or {}, 1, #(of.including or {}), #of.keys + 1, { table.unpack(of.keys) })
    return constraint.name(relation.relname, table.concat(columns, "_"), "key")
  end
  if of.contype == "CONSTR_FOREIGN" then return constraint.name(relation.relname, table.concat(of.fk_attrs, "_"), "fkey") end
  local column = only_column(of.raw_expr)
  if column then return constraint.name(relation.relname, column, "check") end
  return constraint.name(relation.relname, "check")
end

-- The constraint's name as SQL, or that which PostgreSQL would give it; nil if that is too long.
function constraint.name_of(relation, of)
  if of.conname then return tree.quoted(of.conname) end
  return default_name(relation, of)
end

-- Gives the constraint at token n NOT VALID, and a name if it has none.
local function add_not_valid(edit, of, name)
  local n = edit:at(of.location)
  if not of.conname then edit:insert_before(n, ("%s %s"):format(edit:keyword "CONSTRAINT", name)) end
  edit:insert_after(edit:part_end(n), edit:keyword "NOT VALID")
end

-- Moves a CHECK out of the definition of a column that the command adds.
local function move_check(edit, of, name)
  local n = edit:at(of.location)
  local last = edit:close(edit:find("(", n))
  local inherit = edit:find("inherit", last)
  if inherit and inherit == last + 2 then last = inherit end
  local stop = edit:part_end(n)
  local text = edit:part(n, last)
  if not of.conname then text = ("%s %s %s"):format(edit:keyword "CONSTRAINT", name, text) end
  edit:replace(n, last)
  edit:insert_after(stop, ("%s %s %s"):format(edit:keyword "ADD", text, edit:keyword "NOT VALID"), ",")
end

-- The CHECK constraints of a new column.
local function checks_of(command)
  local list = {}
  for _, each in ipairs(command.subtype == "AT_AddColumn" and command.def.constraints or {}) do
    if each.contype == "CONSTR_CHECK" then list[#list + 1] = each end
  end
  return list
end

-- ALTER TABLE whose constraints of this kind are NOT VALID, and their VALIDATE CONSTRAINT.  nil if one of them cannot be.
function constraint.validate_later(stmt, edit, kind)
  local top, later = stmt.tree, {}
  local function validate(of, rewrite)
    local name = constraint.name_of(top.relation, of)
    if not name then return false end
    rewrite(edit, of, name)
    later[#later + 1] = ("%s %s %s"):format(constraint.alter_table(top, edit), edit:keyword "VALIDATE CONSTRAINT", name)
    return true
  end
  for _, command in ipairs(top.cmds) do
    local of = command.subtype == "AT_AddConstraint" and command.def
    if of and of.contype == kind and not of.skip_validation and not validate(of, add_not_valid) then return nil end
    for _, check in ipairs(kind == "CONSTR_CHECK" and checks_of(command) or {}) do
      if command.missing_ok or not validate(check, move_check) then return nil end
    end
  end
  if #later == 0 then return nil end
  return edit:text(), table.concat(later, ";\n")
end

return constraint
