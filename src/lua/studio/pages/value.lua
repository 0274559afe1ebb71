-- value: one value of a row, whole, in pieces if it is long.

local CHARACTERS <const>, BYTES <const> = 65536, 8192

-- 16 bytes a line: their place, in hexadecimal, and as text.
local function dump(hex, from)
  local lines = {}
  for at = 1, #hex, 32 do
    local part = hex:sub(at, at + 31)
    local text = part:gsub("%x%x", function(byte)
      local code = tonumber(byte, 16)
      return code >= 32 and code < 127 and string.char(code) or "."
    end)
    lines[#lines + 1] = ("%08x  %-48s %s"):format(from + (at - 1) // 2, part:gsub("%x%x", "%0 "), text)
  end
  return table.concat(lines, "\n")
end

local function pieces(query, from, size, length)
  local function to(title, at)
    local all = {}
    for key, value in pairs(query) do all[key] = value end
    all.from = at
    return { title, "value", all }
  end
  return { from > 0 and to("Before", math.max(0, from - size)) or false, from + size < length and to("Further", from + size) or false }
end

return {
  title = "Value",
  menu  = "data",

  data = function(db, ctx, query)
    local relation = ctx.studio.use "catalog.table".for_rows(db, query.schema or "public", query.table or "")
    local column = relation and relation.by_name[query.column or ""]
    local ok, key = pcall(moonbird.json.decode, query.key or "")
    if not column or not ok or type(key) ~= "table" then return { missing = true } end
    local is_bytes = column.base == "bytea"
    local from, size = math.max(0, math.tointeger(tonumber(query.from)) or 0), is_bytes and BYTES or CHARACTERS
    local found = ctx.studio.use "rows.select".value(db, relation, key, column, from, size)
    if not found then return { missing = true } end
    local count = ctx.studio.use "count"
    return {
      title = ("%s.%s: %s"):format(relation.schema, relation.name, column.name),
      note = found.length and ("%s %s"):format(count(found.length), is_bytes and "bytes" or "characters") or "NULL",
      text = is_bytes and found.piece and dump(found.piece, from) or found.piece,
      pieces = found.length and pieces(query, from, size, found.length) or {},
      row = { "The row", "row", { schema = relation.schema, table = relation.name, key = query.key } },
    }
  end,

  show = function(data)
    if data.missing then return { { "text", value = "There is no such value." } } end
    local links = { data.row }
    for _, link in ipairs(data.pieces) do links[#links + 1] = link end
    return { { "text", value = data.note, class = "note" }, { "links", value = links }, { "code", value = data.text, copy = true } }
  end,
}
