-- A target whose column an earlier one has set, too.  Several can set parts of a column, as in a[1] = 1, if none sets it as a
-- whole.
local function duplicate(targets)
  local seen = {}
  for _, target in ipairs(targets or {}) do
    local part = target.indirection and "part" or "whole"
    local before = target.name and seen[target.name]
    if before and (before == "whole" or part == "whole") then return target end
    if target.name then seen[target.name] = part end
  end
end

-- The name that a column of a query gets, where it is plain: FigureColname in parse_target.c.
local function result_name(target)
  local value = target.val
  if target.name then return target.name end
  if value.tag == "ColumnRef" and type(value.fields[#value.fields]) == "string" then return value.fields[#value.fields] end
  if value.tag == "FuncCall" then return value.funcname[#value.funcname] end
  return value.tag == "A_Const" and "?column?" or nil
end

-- The columns of a new relation: a list of { name, location }; `aliases` come before the names of the query.
local function of_query(query, aliases)
  local list = {}
  for i, target in ipairs(query and query.targetList or {}) do
    if not aliases or not aliases[i] then list[#list + 1] = { name = result_name(target), location = target.location } end
  end
  for _, alias in ipairs(aliases or {}) do list[#list + 1] = { name = alias } end
  return list
end

local function of_table(elements)
  local list = {}
  for _, element in ipairs(elements or {}) do list[#list + 1] = { name = element.colname, location = element.location } end
  return list
end

-- The lists of columns in which each may be once: of what a statement sets, or of what it makes.
local sets, makes = {}, {}

function sets.UpdateStmt(top) return { top.targetList } end
function sets.InsertStmt(top) return { top.cols or {}, top.onConflictClause and top.onConflictClause.targetList } end

function sets.MergeStmt(top)
  local lists = {}
  for i, clause in ipairs(top.mergeWhenClauses) do lists[i] = clause.targetList or {} end
  return lists
end

function makes.CreateStmt(top) return { of_table(top.tableElts) } end
function makes.CreateForeignTableStmt(top) return { of_table(top.base.tableElts) } end
function makes.ViewStmt(top) return { of_query(top.query, top.aliases) } end
function makes.CreateTableAsStmt(top) return { of_query(top.query, top.into.colNames) } end
function makes.SelectStmt(top) return top.intoClause and { of_query(top, top.intoClause.colNames) } end

return {
  id       = "duplicate-column-assignment",
  aliases  = { "ban-duplicate-column-assignments", "D10" },
  group    = "data",
  severity = "error",
  summary  = "a statement sets or makes the same column twice, and fails",
  why      = [[
PostgreSQL refuses an UPDATE with two values for a column (SQLSTATE 42601), an INSERT that names a column twice, and a table
or view with two columns of the same name (SQLSTATE 42701).]],
  fix      = [[
Remove one of the two, or name the column that was meant.]],

  check = function(stmt, ctx)
    local tag = stmt.tree.tag
    local lists = sets[tag] or makes[tag]
    for _, list in ipairs(lists and lists(stmt.tree) or {}) do
      local target = duplicate(list)
      if target then
        ctx:report { at = target, message = ("the column %s is %s twice"):format(target.name, sets[tag] and "set" or "named"),
                     fix = "Remove one of the two, or name the column that was meant." }
      end
    end
  end,

  bad = {
    "UPDATE users SET name = 'a', name = 'b' WHERE id = 1;",
    "UPDATE users SET place = ROW(1, 2), place.x = 1 WHERE id = 1;",
    "INSERT INTO users (name, name) VALUES ('a', 'b');",
    "INSERT INTO users (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = 'a', name = 'b';",
    "MERGE INTO users USING n ON users.id = n.id WHEN MATCHED THEN UPDATE SET name = 'a', name = 'b';",
    "CREATE TABLE t (a int, a text);",
    "CREATE VIEW v AS SELECT 1, 2;",
    "CREATE VIEW v (a, b) AS SELECT x, y, z AS a FROM t;",
    "SELECT a, b AS a INTO t FROM u;",
  },
  good = {
    "UPDATE users SET tags[1] = 'a', tags[2] = 'b' WHERE id = 1;",
    "UPDATE users SET name = 'a', email = 'b' WHERE id = 1;",
    "INSERT INTO users (name, email) VALUES ('a', 'b');",
    "CREATE VIEW v (a, b) AS SELECT 1, 2;",
    "CREATE VIEW v AS SELECT t.*, u.* FROM t, u;",
    "SELECT a, a FROM t;",
  },
}
