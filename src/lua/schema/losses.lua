-- losses.lua: the data that changes lose.

local function dropped(changes)
  local drops = {}
  for _, change in ipairs(changes) do
    if change.verb == "drop" then drops[change.object] = true end
  end
  return drops
end

-- The data that they delete: rows of tables, values of columns.
return function(changes)
  local drops, list = dropped(changes), {}
  for _, change in ipairs(changes) do
    local loses = change.verb == "drop" and change.object.kind.loses
    if loses and loses(change.object) and not (change.object.table and drops[change.object.table]) then
      list[#list + 1] = { kind = change.object.kind.kind, name = change.object.name }
    end
  end
  return list
end
