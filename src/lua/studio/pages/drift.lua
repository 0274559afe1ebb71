-- drift: how the database differs from what its applied migrations make, by a comparison with a scratch database.

local function known(value)
  if value == nil or value == moonbird.null then return "nothing" end
  return type(value) == "table" and table.concat(value, ", ") or tostring(value)
end

local function fields_of(difference)
  local list = {}
  for i, field in ipairs(difference.fields or {}) do
    list[i] = ("%s is %s, should be %s"):format(field:gsub("_", " "), known(difference.is[field]), known(difference.wanted[field]))
  end
  return table.concat(list, "; ")
end

return {
  title = "Drift",
  menu  = "overview",

  data = function(_, ctx)
    local rows = {}
    for i, difference in ipairs(ctx:drift {}) do
      rows[i] = { how = difference.how, kind = difference.object.kind.kind:lower(), name = difference.object.name,
                  fields = fields_of(difference), last = difference.last }
    end
    return { differences = rows }
  end,

  show = function(data)
    local n = #data.differences
    local list = { { "number", value = {
      { label = "compared with the applied migrations", value = n == 0 and "no drift" or "drift", format = "state" },
      n > 0 and { label = "differences", value = n },
    } } }
    if n > 0 then
      list[2] = { "table", value = data.differences, columns = {
        { "how", "difference", format = "state" }, { "kind", "kind" }, { "name", "object", format = "code" },
        { "fields", "fields", format = "text" }, { "last", "last migration that names it", format = "text" },
      } }
    end
    return list
  end,
}
