-- edit.lua: the text of a statement with parts inserted, replaced or cut.  Everything else, also comments, stays as it is.
--
-- Tokens have numbers, from 1: statement.tokens has them.

local Edit = {}
Edit.__index = Edit

function Edit.new(statement)
  return setmetatable({ source = statement.text, tokens = statement.tokens, changes = {} }, Edit)
end

-- The number of the first token that is this word, at or after token `first`; nil if there is none.
function Edit:find(word, first)
  for i = first or 1, #self.tokens do
    if self.tokens[i].text:lower() == word then return i end
  end
end

-- The number of the token that begins at the byte `location`, from 0, as nodes of the parse tree have it.
function Edit:at(location)
  for i, token in ipairs(self.tokens) do
    if token.from == location + 1 then return i end
  end
end

-- The number of the token that closes the parenthesis which token n opens.
function Edit:close(n)
  local depth = 0
  for i = n, #self.tokens do
    local text = self.tokens[i].text
    depth = depth + (text == "(" and 1 or text == ")" and -1 or 0)
    if depth == 0 then return i end
  end
end

-- The number of the last token before the next comma outside of parentheses, from token n on.
function Edit:part_end(n)
  local i = n
  while i < #self.tokens and self.tokens[i + 1].text ~= "," and self.tokens[i + 1].text ~= ")" do
    i = self.tokens[i + 1].text == "(" and self:close(i + 1) or i + 1
  end
  return i
end

-- Key words in the case of the statement's first word.
function Edit:keyword(words)
  local first = self.tokens[1].text
  return first == first:lower() and words:lower() or words
end

-- The text from token `first` to token `last`.
function Edit:part(first, last) return self.source:sub(self.tokens[first].from, self.tokens[last].to) end

local function change(self, from, to, text) table.insert(self.changes, { from = from, to = to, text = text }) end

-- Inserts a text with a space behind token n, or before it.  `mark` stands directly behind the token.
function Edit:insert_after(n, text, mark) change(self, self.tokens[n].to + 1, self.tokens[n].to, (mark or "") .. " " .. text) end
function Edit:insert_before(n, text) change(self, self.tokens[n].from, self.tokens[n].from - 1, text .. " ") end

-- Replaces the tokens `first` to `last`; without a text, cuts them with the space before them.
function Edit:replace(first, last, text)
  local from = self.tokens[first].from
  if not text then from = #self.source:sub(1, from - 1):gsub("%s+$", "") + 1 end
  change(self, from, self.tokens[last].to, text or "")
end

-- Replaces parts of a text: a list of { from, to, text } that do not overlap; `to` is from - 1 for an insertion.
function Edit.apply(source, changes)
  local parts, next_byte = {}, 1
  for i, each in ipairs(changes) do each.number = i end
  table.sort(changes, function(a, b)
    if a.from ~= b.from then return a.from < b.from end
    return a.number < b.number
  end)
  for _, each in ipairs(changes) do
    parts[#parts + 1] = source:sub(next_byte, each.from - 1)
    parts[#parts + 1] = each.text
    next_byte = math.max(next_byte, each.to + 1)
  end
  parts[#parts + 1] = source:sub(next_byte)
  return table.concat(parts)
end

-- The text with all changes.
function Edit:text() return Edit.apply(self.source, self.changes) end

return Edit
