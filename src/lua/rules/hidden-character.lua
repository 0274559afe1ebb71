-- Characters that an editor does not show, in UTF-8.
local hidden = {
  { "\u{200b}", "a zero-width space (U+200B)" }, { "\u{2060}", "a word joiner (U+2060)" },
  { "\u{feff}", "a byte order mark (U+FEFF)" },
}
for code = 0x202a, 0x202e do hidden[#hidden + 1] = { utf8.char(code), ("a change of the writing direction (U+%04X)"):format(code) } end
for code = 0x2066, 0x2069 do hidden[#hidden + 1] = { utf8.char(code), ("a change of the writing direction (U+%04X)"):format(code) } end

local function place(text, at)
  local before = text:sub(1, at - 1)
  local _, lines = before:gsub("\n", "")
  local last = before:match "([^\n]*)$"
  return lines + 1, (utf8.len(last) or #last) + 1
end

-- The statement that the line belongs to: the last that begins above it or on it.
local function statement_at(statements, line)
  local found = statements[1]
  for _, statement in ipairs(statements) do
    if statement.line <= line then found = statement end
  end
  return found
end

return {
  id       = "hidden-character",
  aliases  = { "B10" },
  group    = "robust",
  severity = "warning",
  summary  = "the file has a character that an editor does not show",
  why      = [[
A zero-width character becomes part of a name, so that no program finds it. A change of the writing direction makes a reader
see other SQL than the server does. moonbird and psql accept a byte order mark at the beginning of a file; other tools send
it to the server, which reports a syntax error.]],
  fix      = [[
Remove the character. In a string that needs it, write it as an escape: U&'\200B'.]],

  check = function() end,

  finish = function(ctx)
    local text = ctx.migration.text or ""
    for _, each in ipairs(hidden) do
      local at = text:find(each[1], 1, true)
      if at == 1 and each[1] == "\u{feff}" and not ctx.migration.foreign then at = text:find(each[1], 2, true) end
      if at then
        local line, column = place(text, at)
        ctx:report { statement = statement_at(ctx.statements, line), line = line, column = column,
                     message = ("the file has %s here, which an editor does not show"):format(each[2]), fix = "Remove the character." }
      end
    end
  end,

  bad = { "ALTER TABLE users ADD COLUMN a\u{200b} int;", "\u{feff}CREATE TABLE t (a int);", "-- \u{202e} end\nSELECT 1;" },
  good = { "CREATE TABLE \"naïve\" (a text DEFAULT '日本');", "INSERT INTO t VALUES ('👩\u{200d}👩');" },
}
