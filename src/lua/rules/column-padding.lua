local core = ...
local columns = core.require "lint.schema.columns"

-- Length and alignment of the types of a fixed length: pg_type's typlen and typalign.
local fixed = { bool = { 1, 1 }, char = { 1, 1 }, int2 = { 2, 2 }, smallserial = { 2, 2 }, serial2 = { 2, 2 }, int4 = { 4, 4 },
                serial = { 4, 4 }, serial4 = { 4, 4 }, float4 = { 4, 4 }, date = { 4, 4 }, oid = { 4, 4 }, int8 = { 8, 8 },
                bigserial = { 8, 8 }, serial8 = { 8, 8 }, float8 = { 8, 8 }, timestamp = { 8, 8 }, timestamptz = { 8, 8 },
                time = { 8, 8 }, money = { 8, 8 }, timetz = { 12, 8 }, interval = { 16, 8 }, uuid = { 16, 1 } }

local LEAST = 16 -- bytes in each row that are worth a finding

-- The padding between columns of fixed length, if the first one begins at `offset`.
local function padding(types, offset)
  local wasted = 0
  for _, type in ipairs(types) do
    local gap = -offset % type[2]
    wasted, offset = wasted + gap, offset + gap + type[1]
  end
  return wasted
end

-- The least padding: where the first column begins is known only for the first columns of a table.
local function least_padding(types, is_first)
  local least = padding(types, 0)
  for offset = 1, is_first and 0 or 7 do least = math.min(least, padding(types, offset)) end
  return least
end

local function wasted_by(list)
  local wasted, run, is_first = 0, {}, true
  for i = 1, #list + 1 do
    local type = list[i] and not list[i].is_array and fixed[list[i].type_name]
    if type then run[#run + 1] = type
    else wasted, run, is_first = wasted + least_padding(run, is_first), {}, false end
  end
  return wasted
end

return {
  id       = "column-padding",
  aliases  = { "PG110", "Y12" },
  group    = "type",
  severity = "note",
  summary  = "the order of the columns wastes space in each row",
  why      = [[
A value of 8 bytes, such as a bigint or a timestamptz, begins at a multiple of 8, and one of 4 bytes at a multiple of 4.
PostgreSQL fills the gap before it. Ten million rows with 16 such bytes take 160 MB more. The order of the columns
cannot be changed later.]],
  fix      = "Put the columns of 8 bytes first, then those of 4, 2 and 1, then text and other types of variable length.",

  check = function(stmt, ctx)
    if stmt.tree.tag ~= "CreateStmt" then return end
    local wasted = wasted_by(columns.of(stmt))
    if wasted < LEAST then return end
    ctx:report { at = stmt.tree.relation, message = ("the order of the columns of %s wastes %d bytes in each row"):format(
      stmt.tree.relation.relname, wasted) }
  end,

  bad = {
    "CREATE TABLE t (a boolean, b bigint, c boolean, d bigint, e boolean, f timestamptz);",
    "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b bigint, c integer, d bigint, e smallint, f float8, g boolean, h timestamptz);",
  },
  good = {
    "CREATE TABLE t (b bigint, d bigint, f timestamptz, a boolean, c boolean, e boolean);",
    "CREATE TABLE t (a boolean, b text, c bigint, d text, e boolean, f bigint, g text, h boolean, i bigint);",
  },
}
