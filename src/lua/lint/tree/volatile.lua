-- volatile.lua: can an expression give another value for each row?

local core = ...
local tree = core.require "lint.tree"

-- Functions of PostgreSQL that are used in defaults and are not volatile.
local steady = {}
for name in ([[now transaction_timestamp statement_timestamp timezone date_trunc date_part extract to_timestamp to_char
               make_date make_time make_timestamp make_interval age lower upper concat concat_ws format md5 sha256 trim
               btrim ltrim rtrim left right length coalesce nullif greatest least abs round floor ceil array_fill
               jsonb_build_object jsonb_build_array json_build_object json_build_array to_json to_jsonb
               current_setting current_database current_schema inet_client_addr encode decode row_to_json
               string_to_array array_append array_prepend array_cat numrange int4range int8range daterange tsrange
               tstzrange power sqrt mod]]):gmatch "%S+" do
  steady[name] = true
end

-- Those that have no arguments: now(1) is not PostgreSQL's function.
local constant = { now = true, transaction_timestamp = true, statement_timestamp = true, current_database = true,
                   current_schema = true, inet_client_addr = true }

local serial = { serial = true, bigserial = true, smallserial = true, serial4 = true, serial8 = true, serial2 = true }

local volatile = {}

local function is_steady(call)
  local name = call.funcname
  local last = name[#name]
  return steady[last] and (#name == 1 or name[1] == "pg_catalog") and not (constant[last] and call.args)
end

-- The first call in the expression of a function that is or can be volatile; nil if there is none.
function volatile.call(expression)
  for call in tree.nodes(expression, "FuncCall") do
    if not is_steady(call) then return call end
  end
end

function volatile.is_serial(column) return serial[tree.type_name(column.typeName)] or false end

return volatile
