local core = ...
local text = core.require "schema.sql.text"

local function quoted(values)
  local list = {}
  for i, value in ipairs(values) do list[i] = text.quote(value) end
  return table.concat(list, ", ")
end

-- ALTER TYPE can only add values. So the new list must have all old values, in the same order.
local function only_adds(new, old)
  local i = 1
  for _, value in ipairs(new.values) do
    if value == old.values[i] then i = i + 1 end
  end
  return i > #old.values
end

return {
  kind  = "ENUM",
  rank  = 30,
  found_in = "pg_type e",
  acl   = "T",
  query = [[
SELECT @address(pg_type, t.oid, 0) AS _address, format('%I.%I', n.nspname, t.typname) AS name,
       quote_ident(pg_get_userbyid(t.typowner)) AS owner,
       ARRAY(SELECT enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY enumsortorder) AS values
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
 WHERE t.typtype = 'e' AND @ours(n) AND @own(pg_type, t.oid)]],

  phrase = function(o) return "TYPE " .. o.name end,
  names = function(o) return { "type " .. o.name } end,
  create = function(o) return ("CREATE TYPE %s AS ENUM (%s)"):format(o.name, quoted(o.values)) end,
  lua = function(o)
    if not o.name:find "^[%l%d_.]+$" then return nil end
    local list = {}
    for i, value in ipairs(o.values) do list[i] = text.lua(value) end
    return ("s:enum(%s, { %s })"):format(text.lua((o.name:gsub("^public%.", ""))), table.concat(list, ", "))
  end,
  -- A transaction cannot use an enum value that it added.
  early = function(fields)
    for _, field in ipairs(fields) do
      if field == "values" then return true end
    end
  end,
  must_commit = function(change, statements)
    local had = text.set(change.old.values)
    for _, value in ipairs(change.object.values) do
      for _, step in ipairs(had[value] and {} or statements) do
        if step.sql:find(text.quote(value), 1, true) and not step.sql:find "^COMMENT " then return true end
      end
    end
  end,
  aside = function(o) return text.set_aside("TYPE", o.name) end,
  can_alter = only_adds,
  alter = {
    values = function(new, old)
      local list, had = {}, {}
      for _, value in ipairs(old.values) do had[value] = true end
      local first = old.values[1]
      for i, value in ipairs(new.values) do
        if not had[value] then
          local place = i > 1 and " AFTER " .. text.quote(new.values[i - 1]) or first and " BEFORE " .. text.quote(first) or ""
          list[#list + 1] = ("ALTER TYPE %s ADD VALUE %s%s"):format(new.name, text.quote(value), place)
        end
      end
      return list
    end,
  },
}
