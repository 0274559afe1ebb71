-- applied.lua: the applied migrations, STREAM/NAME, in the order in which they were applied, and the values of parameters
-- that the history keeps of them, as JSON by these names, out of what project:status returns.

return function(status)
  local list, names, args = {}, {}, {}
  for _, stream in ipairs { "auto", "manual" } do
    for i, item in ipairs(status[stream]) do
      if item.state == "applied" then list[#list + 1] = { name = stream .. "/" .. item.name, at = item.applied_at, i = i, args = item.args } end
    end
  end
  table.sort(list, function(a, b)
    local x, y = tostring(a.at), tostring(b.at)
    return x < y or x == y and a.i < b.i
  end)
  for i, item in ipairs(list) do
    names[i] = item.name
    args[item.name] = item.args and moonbird.json.encode(item.args)
  end
  return names, args
end
