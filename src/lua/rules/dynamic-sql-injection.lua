local core = ...
local tree = core.require "lint.tree"

-- These return something that is safe inside SQL.
local quoting = { quote_ident = true, quote_literal = true, quote_nullable = true, format = true }

-- The texts of PL/pgSQL in the statement.
local function body(top)
  if top.tag ~= "DoStmt" and top.tag ~= "CreateFunctionStmt" then return nil end
  local language, source = top.tag == "DoStmt" and "plpgsql" or "sql", nil
  for _, option in ipairs(top.args or top.options or {}) do
    if option.defname == "language" then language = option.arg end
    if option.defname == "as" then source = type(option.arg) == "table" and option.arg[1] or option.arg end
  end
  return language == "plpgsql" and source
end

-- A value that is joined to a string with || and is not quoted: a name, or nil.  A cast to a type such as regclass or int
-- makes it safe.
local function unquoted(node, joined)
  if node.tag == "FuncCall" then
    if quoting[node.funcname[#node.funcname]] then return nil end
    for _, argument in ipairs(node.args or {}) do
      local name = unquoted(argument, joined)
      if name then return name end
    end
  elseif node.tag == "A_Expr" and node.kind == "AEXPR_OP" and node.lexpr then
    local joins = joined or node.name[#node.name] == "||"
    return unquoted(node.lexpr, joins) or unquoted(node.rexpr, joins)
  elseif node.tag == "ColumnRef" and joined and type(node.fields[#node.fields]) == "string" then
    return table.concat(node.fields, ".")
  end
end

-- The expression after an EXECUTE that begins at `at`, read with the grammar of SELECT; nil if it cannot be read.
local function expression(source, at)
  local text = source:match("^([^;]*)", at):gsub("%f[%w][iI][nN][tT][oO]%f[%W].*", ""):gsub("%f[%w][uU][sS][iI][nN][gG]%f[%W].*", "")
  local ok, list = pcall(moonbird.statements, "SELECT " .. text)
  local top = ok and list[1] and list[1].tree
  return top and top.tag == "SelectStmt" and top.targetList and top.targetList[1] and top.targetList[1].val
end

return {
  id       = "dynamic-sql-injection",
  aliases  = { "SA101", "B12" },
  group    = "robust",
  severity = "warning",
  summary  = "EXECUTE runs a string that contains an unquoted value",
  why      = [[
A value with a quote or a semicolon becomes SQL that runs with the rights of the function or of the migration: in a
SECURITY DEFINER function, with those of its owner. A name with capital letters fails.]],
  fix      = [[
Use format(): %I quotes a name, %L a value. Pass values with USING: EXECUTE '... WHERE id = $1' USING id.]],

  check = function(stmt, ctx)
    local source = body(stmt.tree)
    if not source then return end
    for at in source:gsub("%-%-[^\n]*", ""):gmatch "%f[%w][eE][xX][eE][cC][uU][tT][eE]%s+()" do
      local code = expression(source:gsub("%-%-[^\n]*", ""), at)
      local name = code and unquoted(code, false)
      if name then
        return ctx:report { message = ("EXECUTE runs a string that contains %s unquoted"):format(name),
                            fix = "EXECUTE format('… %I …', name), or EXECUTE '… $1 …' USING value" }
      end
    end
  end,

  bad = {
    "DO $$ DECLARE t text; BEGIN EXECUTE 'DROP TABLE ' || t; END $$;",
    "CREATE FUNCTION f(n text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'UPDATE a SET b = ''' || n || ''''; END $$;",
  },
  good = {
    "DO $$ DECLARE t text; BEGIN EXECUTE format('DROP TABLE %I', t); END $$;",
    "DO $$ DECLARE t text; BEGIN EXECUTE 'DROP TABLE ' || quote_ident(t); END $$;",
    "DO $$ DECLARE t regclass; BEGIN EXECUTE 'DROP TABLE ' || t::regclass; EXECUTE 'SELECT $1' USING a || b; END $$;",
    "CREATE TRIGGER x AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION f();",
  },
}
