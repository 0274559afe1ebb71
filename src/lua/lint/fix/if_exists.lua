-- if_exists.lua: IF EXISTS and IF NOT EXISTS in a statement that has neither.

local if_exists = {}

local creates = { CreateStmt = "table", CreateSchemaStmt = "schema", CreateExtensionStmt = "extension", CreateSeqStmt = "sequence",
                  IndexStmt = "index" }

-- The last word of the kinds of objects whose DROP has IF EXISTS behind it.
local drops = { OBJECT_TABLE = "table", OBJECT_VIEW = "view", OBJECT_MATVIEW = "view", OBJECT_INDEX = "index",
                OBJECT_SEQUENCE = "sequence", OBJECT_TYPE = "type", OBJECT_DOMAIN = "domain", OBJECT_SCHEMA = "schema",
                OBJECT_FUNCTION = "function", OBJECT_PROCEDURE = "procedure", OBJECT_TRIGGER = "trigger",
                OBJECT_POLICY = "policy", OBJECT_RULE = "rule", OBJECT_EXTENSION = "extension" }

-- The words of commands of ALTER TABLE, and what is behind them.
local commands = { AT_AddColumn = { "column", "IF NOT EXISTS" }, AT_DropColumn = { "column", "IF EXISTS" },
                   AT_DropConstraint = { "constraint", "IF EXISTS" } }

-- The token of the first command of ALTER TABLE.
local function first_command(edit, top)
  local n = edit:at(top.relation.location) + 1
  while edit.tokens[n].text == "." do n = n + 2 end
  return edit.tokens[n].text == "*" and n + 1 or n
end

local function in_commands(edit, top)
  local n, found = first_command(edit, top), false
  for _, command in ipairs(top.cmds) do
    local of = commands[command.subtype]
    if of and not command.missing_ok then
      edit:insert_after(edit.tokens[n + 1].text:lower() == of[1] and n + 1 or n, edit:keyword(of[2]))
      found = true
    end
    n = edit:part_end(n) + 2
  end
  return found and edit:text() or nil
end

-- The statement with the words; nil if it cannot have them.
function if_exists.add(top, edit)
  if top.tag == "AlterTableStmt" then return in_commands(edit, top) end
  local drop = top.tag == "DropStmt" and drops[top.removeType]
  local n = edit:find(drop or creates[top.tag] or "", 2)
  if not n or top.tag == "IndexStmt" and not top.idxname then return nil end
  if top.concurrent then n = edit:find("concurrently", n) end
  edit:insert_after(n, edit:keyword(drop and "IF EXISTS" or "IF NOT EXISTS"))
  return edit:text()
end

return if_exists
