-- terminal.lua: Markdown for people to read in a terminal, wrapped to its width.
--
-- The result is a list of pieces { text, style }: style is "heading", "code" or nil.  If the terminal
-- has no styles, code keeps its backticks.

local core = ...
local markdown = core.require "pages.markdown"

-- A word is a list of pieces without a space between them, with its width.
local function words_of(text, marks)
  local words, word = {}, nil
  for _, run in ipairs(markdown.runs(text)) do
    local shown, style = run[1], run[2]
    if style == "code" and not marks then shown, style = "`" .. shown .. "`", nil end
    if style == "bold" then style = "heading" end
    for space, part in shown:gmatch "(%s*)(%S*)" do
      if space ~= "" then word = nil end
      if part ~= "" then
        if not word then
          word = { width = 0 }
          words[#words + 1] = word
        end
        word[#word + 1] = { part, style }
        word.width = word.width + utf8.len(part)
      end
    end
  end
  return words
end

local function append(line, word)
  table.move(word, 1, #word, #line + 1, line)
  line.width = line.width + word.width
end

-- A space between words of one style has that style, too.
local function space(line, word)
  local style = line[#line][2]
  return { { " ", style == word[1][2] and style or nil }, width = 1 }
end

-- Lines of at most `width`, each a list of pieces with its width; at least one.
local function wrap(words, width)
  local line = { width = 0 }
  local lines = { line }
  for _, word in ipairs(words) do
    if #line > 0 and line.width + 1 + word.width > width then
      line = { width = 0 }
      lines[#lines + 1] = line
    elseif #line > 0 then
      append(line, space(line, word))
    end
    append(line, word)
  end
  return lines
end

local Page = {}
Page.__index = Page

function Page:put(text, style) self.pieces[#self.pieces + 1] = { text, style } end

-- `style` is for the pieces without a style.
function Page:put_line(line, style)
  for _, piece in ipairs(line) do self:put(piece[1], piece[2] or style) end
end

-- A text between an indent, `first` on its first line, and the right margin.
function Page:put_text(text, first, style)
  for i, line in ipairs(wrap(words_of(text, self.marks), self.width - #first)) do
    self:put(i == 1 and first or (" "):rep(#first))
    self:put_line(line, style)
    self:put "\n"
  end
end

local show = {}

function show.heading(page, block) page:put_text(block.text, "", "heading") end

function show.paragraph(page, block) page:put_text(block.text, "") end

function show.code(page, block)
  for line in (block.text .. "\n"):gmatch "([^\n]*)\n" do
    if line ~= "" then page:put("    " .. line, "code") end
    page:put "\n"
  end
end

function show.list(page, block)
  for _, item in ipairs(block.items) do page:put_text(item.text, item.mark) end
end

-- The width of a cell on one line, and of its longest word.
local function measure(words)
  local width, longest = math.max(#words - 1, 0), 0
  for _, word in ipairs(words) do
    width = width + word.width
    longest = math.max(longest, word.width)
  end
  return width, longest
end

local function measure_columns(rows)
  local widths, least = {}, {}
  for c in ipairs(rows[1]) do
    widths[c], least[c] = 0, 0
    for _, row in ipairs(rows) do
      local width, longest = measure(row[c])
      widths[c], least[c] = math.max(widths[c], width), math.max(least[c], longest)
    end
  end
  return widths, least
end

-- The widest column that still has a space to break at.
local function find_widest(widths, least)
  local widest
  for c, width in ipairs(widths) do
    if width > least[c] and (not widest or width > widths[widest]) then widest = c end
  end
  return widest
end

-- The width of each column is that of its widest cell.  The widest columns shrink until all fit.
local function column_widths(rows, most)
  local widths, least = measure_columns(rows)
  local excess = 2 * (#widths - 1) - most
  for _, width in ipairs(widths) do excess = excess + width end
  for _ = 1, excess do
    local widest = find_widest(widths, least)
    if not widest then break end
    widths[widest] = widths[widest] - 1
  end
  return widths
end

local function put_row(page, row, widths, style)
  local cells, height = {}, 1
  for c, words in ipairs(row) do
    cells[c] = wrap(words, widths[c])
    height = math.max(height, #cells[c])
  end
  for i = 1, height do
    local pad = 0
    for c, cell in ipairs(cells) do
      local line = cell[i] or { width = 0 }
      if line.width > 0 then page:put((" "):rep(pad)) end
      page:put_line(line, style)
      pad = (line.width > 0 and 0 or pad) + math.max(widths[c] - line.width, 0) + 2
    end
    page:put "\n"
  end
end

function show.table(page, block)
  local rows = {}
  for r, cells in ipairs(block.rows) do
    rows[r] = {}
    for c, cell in ipairs(cells) do rows[r][c] = words_of(cell, page.marks) end
  end
  local widths = column_widths(rows, page.width)
  for r, row in ipairs(rows) do
    local empty = table.concat(block.rows[r]) == ""
    if not empty then put_row(page, row, widths, r == 1 and "heading" or nil) end
  end
end

-- Joins neighbouring pieces of one style.
local function join(pieces)
  local joined = {}
  for _, piece in ipairs(pieces) do
    local last = joined[#joined]
    if last and last.style == piece[2] then
      last[#last + 1] = piece[1]
    else
      joined[#joined + 1] = { piece[1], style = piece[2] }
    end
  end
  for i, parts in ipairs(joined) do joined[i] = { table.concat(parts), parts.style } end
  return joined
end

return function(text, width, marks)
  local page = setmetatable({ pieces = {}, width = width, marks = marks }, Page)
  for i, block in ipairs(markdown.blocks(text)) do
    if i > 1 then page:put "\n" end
    show[block.kind](page, block)
  end
  return join(page.pieces)
end
