-- write.lua: statements as the text of a migration.

local write = {}

-- The statements, each with its semicolon; a statement of several lines stands apart.
function write.text(statements)
  local pieces, apart = {}, true
  for _, statement in ipairs(statements) do
    local long = statement:find("\n", 1, true) ~= nil
    if #pieces > 0 and (long or apart) then pieces[#pieces + 1] = "\n" end
    pieces[#pieces + 1] = statement .. ";\n"
    apart = long
  end
  return table.concat(pieces)
end

return write
