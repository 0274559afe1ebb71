-- man.lua: the manual pages moonbird(1), made from the help of the commands, and moonbird(5), which
-- has all chapters, in troff with the macros of man(7).

local core = ...
local markdown = core.require "pages.markdown"

local Page = {}
Page.__index = Page

-- Escapes a line of text, so that it contains no request and no escape.
local function escape(text)
  return (text:gsub("\\", "\\e"):gsub("-", "\\-"):gsub("^[.']", "\\&%0"))
end

function Page:put(line) self.lines[#self.lines + 1] = line end

function Page:macro(name, text) self:put(("%s \"%s\""):format(name, escape(text):gsub("\"", "\\(dq"))) end

-- A heading begins a paragraph, so that .PP is needed only elsewhere.
function Page:begin_paragraph()
  if not self.lines[#self.lines]:find "^%.S[HS]" then self:put ".PP" end
end

function Page:put_text(text)
  local line = {}
  for i, run in ipairs(markdown.runs(text)) do
    local shown = i == 1 and escape(run[1]) or escape("x" .. run[1]):sub(2)
    line[i] = run[2] and "\\fB" .. shown .. "\\fP" or shown
  end
  self:put((table.concat(line):gsub("^\\fB%.", "\\&%0")))
end

-- A tagged paragraph.
function Page:put_entry(tag, text)
  self:put ".TP"
  self:put("\\fB" .. escape(tag) .. "\\fP")
  self:put_text(text == "" and " " or text)
end

local show = {}

function show.heading(page, block)
  local macros = { ".SH", ".SS" }
  if macros[block.level] then return page:macro(macros[block.level], block.text) end
  page:begin_paragraph()
  page:put_text("**" .. block.text .. "**")
end

function show.paragraph(page, block)
  page:begin_paragraph()
  page:put_text(block.text)
end

function show.code(page, block)
  page:begin_paragraph()
  page:put ".RS 4\n.nf"
  for line in (block.text .. "\n"):gmatch "([^\n]*)\n" do page:put(line == "" and "\\&" or escape(line)) end
  page:put ".fi\n.RE"
end

function show.list(page, block)
  for _, item in ipairs(block.items) do
    page:put(item.mark == "- " and ".IP \\(bu 2" or ".IP " .. item.mark .. "3")
    page:put_text(item.text)
  end
end

-- The first cell is the tag. In a table of more than two columns, the title of a column comes
-- before its cells, unless the title is only "meaning".
function show.table(page, block)
  local header = block.rows[1]
  for r = 2, #block.rows do
    local row, parts = block.rows[r], {}
    for c = 2, #row do
      local titled = #row > 2 and header[c] ~= "" and header[c] ~= "meaning"
      local title = titled and header[c] .. ": " or ""
      if row[c] ~= "" then parts[#parts + 1] = title .. row[c] end
    end
    page:put ".TP"
    page:put_text(row[1])
    page:put_text(table.concat(parts, "; "))
  end
end

function Page:put_blocks(blocks)
  for _, block in ipairs(blocks) do show[block.kind](self, block) end
end

-- The blocks of a chapter between one of its headings and the next one.
local function section(chapters, name, title)
  local found, blocks = false, {}
  for _, chapter in ipairs(chapters) do
    for _, block in ipairs(chapter.name == name and markdown.blocks(chapter.text) or {}) do
      if block.kind == "heading" then found = block.text == title
      elseif found then blocks[#blocks + 1] = block end
    end
  end
  return blocks
end

local function put_options(page, list)
  for _, option in ipairs(list) do
    page:put_entry(table.concat(option.names, ", ") .. (option.arg and " " .. option.arg or ""), option.help)
  end
end

local function put_command(page, command)
  page:macro(".SS", command.usage)
  page:put_text(command.summary .. ".")
  for _, arg in ipairs(command.args) do page:put_entry(arg.name, arg.help) end
  put_options(page, command.options)
end

local pages = {}

pages["1"] = function(page, chapters, all)
  page:put_text "moonbird - a migration runner for PostgreSQL, with Lua inside"
  page:put ".SH SYNOPSIS"
  page:put_text "**moonbird** [options] COMMAND [arguments]"
  page:put ".SH DESCRIPTION"
  page:put_text("moonbird applies the migrations of a folder to a PostgreSQL database, in SQL and in Lua, and keeps their "
    .. "history in the database. Options can be before or after the command. The manual is **moonbird**(5); "
    .. "`moonbird help NAME` shows one chapter of it.")
  page:put ".SH COMMANDS"
  for _, command in ipairs(all.commands) do
    if not command.own then put_command(page, command) end
  end
  page:put ".SH OPTIONS"
  put_options(page, all.options)
  page:put ".SH EXIT STATUS"
  page:put_blocks(section(chapters, "json", "Exit status"))
  page:put ".SH ENVIRONMENT"
  page:put_blocks(section(chapters, "configuration", "Environment variables"))
  page:put ".SH FILES"
  page:put_blocks(section(chapters, "configuration", "The files of a project"))
  page:put ".SH SEE ALSO"
  page:put_text "**moonbird**(5), **psql**(1), **pg_dump**(1)"
end

pages["5"] = function(page, chapters)
  page:put_text "moonbird - the manual: files, configuration, Lua and commands"
  for _, chapter in ipairs(chapters) do page:put_blocks(markdown.blocks(chapter.text)) end
end

return function(number, chapters, all)
  local page = setmetatable({ lines = {} }, Page)
  page:put((".TH MOONBIRD %s \"\" \"moonbird %s\" \"moonbird\""):format(number, moonbird.version))
  page:put ".SH NAME"
  pages[number](page, chapters, all)
  return table.concat(page.lines, "\n")
end
