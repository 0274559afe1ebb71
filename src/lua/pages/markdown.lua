-- markdown.lua: the Markdown that the manual is written in, as blocks and runs.
--
-- A block is one of
--   { kind = "heading", level = 2, text }     { kind = "paragraph", text }
--   { kind = "code", text }                   { kind = "list", items }, of { mark = "- ", text }
--   { kind = "table", rows }, whose first row is the header
-- HTML comments are left out.  A run is a part of a text: { text, style }, and its style is "code",
-- "bold" or nil.

local markdown = {}

local read = {}

function read.comment(lines, i)
  if not lines[i]:find "^<!%-%-" then return end
  while i < #lines and not lines[i]:find "%-%->" do i = i + 1 end
  return nil, i + 1
end

function read.code(lines, i)
  if not lines[i]:find "^```" then return end
  local first = i + 1
  repeat i = i + 1 until i == #lines or lines[i]:find "^```"
  return { kind = "code", text = table.concat(lines, "\n", first, i - 1) }, i + 1
end

function read.heading(lines, i)
  local marks, text = lines[i]:match "^(#+) (.*)$"
  if marks then return { kind = "heading", level = #marks, text = text }, i + 1 end
end

-- The cells of a row, as many as the header has. "\|" is a bar inside of one.
local function cells_of(line, n)
  local cells = {}
  for cell in line:gsub("\\|", "\0"):gmatch "|([^|]*)%f[|]" do
    cells[#cells + 1] = cell:gsub("%z", "|"):match "^%s*(.-)%s*$"
  end
  for i = #cells + 1, n or 0 do cells[i] = "" end
  return table.move(cells, 1, n or #cells, 1, {})
end

function read.table(lines, i)
  if not lines[i]:find "^|" then return end
  local rows = { cells_of(lines[i]) }
  i = i + 2 -- the line of dashes
  while lines[i]:find "^|" do
    rows[#rows + 1] = cells_of(lines[i], #rows[1])
    i = i + 1
  end
  return { kind = "table", rows = rows }, i
end

function read.list(lines, i)
  local items = {}
  while lines[i]:find "^[-%d]" do
    local mark, text = lines[i]:match "^(%- )(.*)$"
    if not mark then mark, text = lines[i]:match "^(%d+%. )(.*)$" end
    if not mark then break end
    i = i + 1
    while lines[i]:find "^  +%S" do
      text = text .. " " .. lines[i]:match "^ +(.*)$"
      i = i + 1
    end
    items[#items + 1] = { mark = mark, text = text }
  end
  if #items > 0 then return { kind = "list", items = items }, i end
end

local kinds = { "comment", "code", "heading", "table", "list" }

local function starts_block(lines, i)
  for _, kind in ipairs(kinds) do
    local _, next_line = read[kind](lines, i)
    if next_line then return true end
  end
end

function read.paragraph(lines, i)
  local first = i
  repeat i = i + 1 until lines[i] == "" or starts_block(lines, i)
  return { kind = "paragraph", text = table.concat(lines, " ", first, i - 1) }, i
end

local function read_block(lines, i)
  for _, kind in ipairs(kinds) do
    local block, next_line = read[kind](lines, i)
    if next_line then return block, next_line end
  end
  return read.paragraph(lines, i)
end

function markdown.blocks(text)
  local lines, blocks, i = {}, {}, 1
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do lines[#lines + 1] = line end
  local last = #lines
  lines[last + 1] = "" -- so that every block ends before the last line
  while i <= last do
    local block
    if lines[i] == "" then i = i + 1 else block, i = read_block(lines, i) end
    blocks[#blocks + 1] = block
  end
  return blocks
end

-- Spans, each with its runs.  A link shows its text, and its address if that is outside of the manual.
local spans = {
  { "^`([^`]+)`()", function(code) return { { code, "code" } } end },
  { "^%*%*(.-)%*%*()", function(text) return { { text, "bold" } } end },
  { "^%[([^%]]+)%]%((https?:[^)]+)%)()", function(text, url) return { { text .. " (" .. url .. ")" } } end },
  { "^%[([^%]]+)%]%([^)]+%)()", function(text) return markdown.runs(text) end },
}

local function read_span(text, at)
  for _, span in ipairs(spans) do
    local found = { text:match(span[1], at) }
    if found[1] then return span[2](table.unpack(found)), found[#found] end
  end
  return { { text:sub(at, at) } }, at + 1
end

function markdown.runs(text)
  local runs, at = {}, 1
  while at <= #text do
    local special = text:find("[`*%[]", at) or #text + 1
    if special > at then runs[#runs + 1] = { text:sub(at, special - 1) } end
    at = special
    if at <= #text then
      local found
      found, at = read_span(text, at)
      table.move(found, 1, #found, #runs + 1, runs)
    end
  end
  return runs
end

return markdown
