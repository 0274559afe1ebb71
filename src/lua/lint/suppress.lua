-- suppress.lua: comments that silence a rule for a statement: `-- lint: ignore RULE reason`, and those of other linters.

-- `own`: our form, which demands a reason.  `whole`: it is about all statements of the file.  `opens`: about those up to the line
-- that closes it.
local forms = {
  { pattern = "%-%-%s*lint:%s*ignore%s+(%S+)%s*(.*)", own = true },
  { pattern = "%-%-%s*squawk%-ignore%-file%f[%s\0](.*)", whole = true },
  { pattern = "%-%-%s*squawk%-ignore%f[%s\0](.*)" },
  { pattern = "%-%-%s*eugene:%s*ignore%s+(.+)" },
  { pattern = "%-%-%s*atlas:nolint%s*(.*)" },
  { pattern = "%-%-%s*safety%-assured:start()", opens = "%-%-%s*safety%-assured:end" },
}

local suppress = {}

-- The comment of a line, in this form; nil if it has none.
local function read_line(line, form)
  local rules, reason = line:match(form.pattern)
  if not rules then return nil end
  local words = {}
  if type(rules) == "string" then
    for word in rules:gsub("%-%-.*", ""):gmatch "[^%s,]+" do words[#words + 1] = word end
  end
  return { rules = words, reason = form.own and reason:gsub("%s+$", "") or nil, own = form.own, whole = form.whole,
           opens = form.opens }
end

-- The comments of a text: { line, rules = { … } (none: all rules), reason, own, whole, opens, last = the line that closes it }.
function suppress.read(text)
  local list, number, open = {}, 0, nil
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    number = number + 1
    local has_comment = line:find("--", 1, true)
    if open and has_comment and line:find(open.opens) then open.last, open = number, nil end
    for _, form in ipairs(has_comment and forms or {}) do
      local comment = read_line(line, form)
      if comment then
        comment.line, list[#list + 1] = number, comment
        if comment.opens then open, comment.last = comment, math.huge end
      end
    end
  end
  return list
end

local function last_line(statement)
  local _, lines = statement.text:gsub("\n", "")
  return statement.line + lines
end

-- Gives each comment the statement that it is about: the statement that contains it or ends on its line, or else the next one.
function suppress.assign(comments, statements)
  local i = 1 -- the comments are in the order of their lines
  for _, comment in ipairs(comments) do
    while statements[i] and last_line(statements[i]) < comment.line do i = i + 1 end
    comment.statement = statements[i]
  end
end

local function is_about(comment, statement)
  if comment.whole then return true end
  if comment.last then return statement ~= nil and statement.line >= comment.line and statement.line <= comment.last end
  return comment.statement == statement
end

-- The comment that silences the rule for the statement, or nil.
function suppress.find(comments, statement, rule)
  for _, comment in ipairs(comments) do
    if is_about(comment, statement) then
      if #comment.rules == 0 then return comment end
      for _, word in ipairs(comment.rules) do
        if rule.names[word] then return comment end
      end
    end
  end
end

return suppress
