-- file.lua: the text of a migration as lint --fix changes it.
--
-- The changes are made in a text without a BOM and with LF, and the file gets both back.

local core = ...
local Edit = core.require "lint.fix.edit"
local lua_statements = core.require "lint.lua_source"

local File = {}
File.__index = File

local BOM = "\xEF\xBB\xBF"

-- { path, bytes, text, lua, mixed = do only some lines end with CR LF?, link = is it a symbolic link? }
function File.new(path, bytes)
  local text = bytes:gsub("^" .. BOM, "")
  local _, all = text:gsub("\n", "")
  local _, crlf = text:gsub("\r\n", "")
  return setmetatable({ path = path, bytes = bytes, text = (text:gsub("\r\n", "\n")), bom = #bytes > #text and BOM or "",
                        crlf = crlf > 0, mixed = crlf > 0 and crlf < all, lua = path:find "%.[lL][uU][aA]$" ~= nil }, File)
end

function File.read(path)
  local file = File.new(path, core.read(path))
  file.link = core.is_link(path)
  return file
end

-- The bytes of the file with this text.
function File:bytes_of(text) return self.bom .. (self.crlf and text:gsub("\n", "\r\n") or text) end

-- Where the line begins in a text.
local function line_start(text, number)
  local at = 1
  for _ = 2, number do
    local newline = text:find("\n", at, true)
    if not newline then return nil end
    at = newline + 1
  end
  return at
end

-- Where the statement begins in the text; nil if it is not there as it was read.  Columns count characters, but in a Lua file
-- those before the literal are bytes.
local function offset_of(text, statement)
  local start, column = line_start(text, statement.line), statement.column or 1
  if not start then return nil end
  local ok, at = pcall(utf8.offset, text, column, start)
  for _, from in ipairs { ok and at or 0, start + column - 1 } do
    if from > 0 and text:sub(from, from + #statement.text - 1) == statement.text then return from end
  end
end

-- The offsets of all statements in the text; nil if one is not found.
function File.offsets(text, statements)
  local list = {}
  for i, statement in ipairs(statements) do
    list[i] = offset_of(text, statement)
    if not list[i] or i > 1 and list[i] <= list[i - 1] then return nil end
  end
  return list
end

-- The statements of a text that ends with the last one of the part of the file that runs.
function File:statements(text)
  if self.lua then return lua_statements(text, self.path) end
  return moonbird.statements(text, self.path)
end

-- The text with changes of the part that ends behind the last of these statements: the new text, its statements.
function File:change(text, statements, changes)
  local last = #statements
  local offsets = File.offsets(text, statements)
  local stop = self.lua and #text or offsets[last] + #statements[last].text - 1
  local part = Edit.apply(text:sub(1, stop), changes)
  return part .. text:sub(stop + 1), self:statements(part)
end

-- Does the beginning of the text, up to the last of these statements, have these statements and no others?
function File:holds(text, statements)
  local offsets = File.offsets(text, statements)
  if not offsets or #offsets == 0 then return false end
  local stop = self.lua and #text or offsets[#offsets] + #statements[#statements].text - 1
  local found = self:statements(text:sub(1, stop))
  if #found ~= #statements then return false end
  for i, statement in ipairs(found) do
    if statement.text ~= statements[i].text then return false end
  end
  return true
end

return File
