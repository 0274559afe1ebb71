-- out.lua: what a command prints; ctx.out.

local core = ...

local Out = {}
Out.__index = Out

local documented = false -- --json: one document, and no more

-- Prints a line for people; not under --quiet.
function Out:line(fmt, ...)
  if getmetatable(self) ~= Out or type(fmt) ~= "string" then
    core.fail("usage", "ctx.out:line needs a string", 'Write ctx.out:line("text"), with a colon.')
  end
  if not self.quiet then core.talk(fmt:format(...) .. "\n") end
end

-- Prints the output that the user asked for, also under --quiet.
function Out:text(text) core.talk(text .. "\n") end

-- Prints data, such as a file's contents. A file or a pipe gets it unchanged; on a terminal its control
-- characters are escaped, as in all other output.
function Out:data(text) core.data(text) end

-- Markdown, wrapped to the terminal; headings and code are marked where there are colours.
function Out:markdown(text)
  local width, marks = core.screen()
  for _, piece in ipairs(core.require "pages.terminal"(text, math.min(width, 100), marks)) do
    if piece[2] then core.styled(piece[1], piece[2]) else core.talk(piece[1]) end
  end
end

-- A duration in words; nil if it is not known.
function Out.time(_, ms) return ms and ms ~= moonbird.null and core.time(ms) or nil end

-- `style`: "list", or "psql" with its rule and count.
function Out:table(rows, columns, style)
  if getmetatable(self) ~= Out then
    core.fail("usage", "ctx.out:table was called with a dot", "Write ctx.out:table(rows, columns), with a colon.")
  end
  core.table(rows, columns, style)
end

-- Prints the document of --json.  Returns true if it did: then the command prints no text.
function Out:result(document)
  self.document = document
  if self.json then
    core.document(document)
    documented = true
  end
  return self.json
end

-- The document of a command that failed without printing one: each key of an error of apply, or null.
local function failure(err)
  local told = type(err) == "table" and err or { message = err }
  local failed = {
    kind = told.kind or "script", message = tostring(told.message or err), file = told.file, line = told.line,
    column = told.file_column, sqlstate = told.sqlstate, detail = told.detail, hint = told.hint,
    context = told.context,
  }
  for _, key in ipairs { "name", "file", "line", "column", "sqlstate", "detail", "hint", "context" } do
    if failed[key] == nil then failed[key] = moonbird.null end
  end
  return { failed = failed }
end

local function new(json, quiet) return setmetatable({ json = json, quiet = quiet }, Out) end

return { new = new, failure = failure, has_document = function() return documented end }
