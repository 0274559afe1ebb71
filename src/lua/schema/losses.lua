-- losses.lua: the data that changes lose.

-- The objects whose rows or values the changes delete.  A column or sequence that is dropped with its table is not listed.
return function(changes)
  local list, drops = {}, {}
  for _, change in ipairs(changes) do
    if change.verb == "drop" then drops[change.object] = true end
  end
  for _, change in ipairs(changes) do
    local loses = change.verb == "drop" and not change.carrier and change.object.kind.loses
    if loses and loses(change.object, drops) then
      list[#list + 1] = { kind = change.object.kind.kind, name = change.object.name }
    end
  end
  return list
end
