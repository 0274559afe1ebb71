local core = ...
local tree = core.require "lint.tree"

local functions = { left = true, right = true, substr = true, substring = true, trunc = true, round = true, floor = true,
                    ceil = true, ceiling = true, date_trunc = true }

-- With a length, an explicit cast to one of these cuts without an error.
local limited = { varchar = true, bpchar = true, bit = true, varbit = true }

local whole = { int2 = true, int4 = true, int8 = true }

-- The node in the expression that can lose a part of the value, and words about it; or nil.
local function loss(expression)
  for call in tree.nodes(expression, "FuncCall") do
    local name = call.funcname[#call.funcname]
    if functions[name] then return call, name .. "()" end
  end
  for cast in tree.nodes(expression, "TypeCast") do
    local name = tree.type_name(cast.typeName)
    if limited[name] and cast.typeName.typmods then return cast, "the explicit cast to " .. name end
    local inner = cast.arg.tag == "TypeCast" and tree.type_name(cast.arg.typeName)
    if whole[name] and (inner == "numeric" or inner == "float8" or inner == "float4") then return cast, "the cast to " .. name end
  end
end

return {
  id       = "type-change-truncates",
  aliases  = { "D08", "narrowing-cast" },
  group    = "data",
  severity = "warning",
  summary  = "the USING expression of a type change can cut values without an error",
  why      = [[
An explicit cast to varchar(n), char(n) or bit(n) cuts longer values; left(), substring() and round() lose a part, too.
The lost part cannot be read again after the commit. Without an explicit cast PostgreSQL stops at the first value that is
too long (SQLSTATE 22001).]],
  fix      = [[
Leave USING out, so that PostgreSQL refuses values that do not fit. Correct those first, in a statement of its own.]],

  check = function(stmt, ctx)
    for command in ctx:alter_table(stmt) do
      local using = command.subtype == "AT_AlterColumnType" and command.def.raw_default
      if using then
        local at, words = loss(using)
        if at then
          ctx:report { at = at, relation = stmt.tree.relation,
                       message = ("%s can cut values of %s.%s without an error"):format(
                         words, tree.name(stmt.tree.relation), command.name),
                       fix = "Leave USING out, and first correct the values that do not fit." }
        end
      end
    end
  end,

  bad = {
    "ALTER TABLE users ALTER COLUMN name TYPE varchar(10) USING name::varchar(10);",
    "ALTER TABLE users ALTER COLUMN name TYPE text USING left(name, 10);",
    "ALTER TABLE orders ALTER COLUMN total TYPE int USING total::numeric::int;",
  },
  good = {
    "ALTER TABLE users ALTER COLUMN name TYPE varchar(10);",
    "ALTER TABLE users ALTER COLUMN age TYPE integer USING age::integer;",
    "ALTER TABLE users ALTER COLUMN name TYPE text USING name::text;",
  },
}
