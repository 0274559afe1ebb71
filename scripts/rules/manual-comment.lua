-- A manual script begins with a comment: the person who runs it next year must know what it is for.

local function begins_with_comment(text)
  for line in text:gmatch "[^\n]+" do
    if not line:find "^%s*$" then
      return line:find "^%s*%-%-" ~= nil or line:find "^%s*/%*" ~= nil or text:find "description%s*=" ~= nil
    end
  end
  return true
end

return {
  summary = "a manual script has no comment or description at its head",
  why     = "Manual scripts are optional and run once. Nothing else says when and why.",
  fix     = "Begin the file with a comment, or with -- moonbird: description=….",

  finish = function(ctx)
    local migration = ctx.migration
    if not migration.path:find "^migrations%-manual/" or begins_with_comment(migration.text) then return end
    ctx:report { line = 1, column = 1, statement = ctx.statements[1],
                 message = "a manual script begins with a comment that says what it is for" }
  end,
}
