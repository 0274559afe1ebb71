-- suppress.lua: comments that silence a rule for one statement: `-- lint: ignore RULE reason`, and those of other linters.

local forms = {
  { pattern = "%-%-%s*lint:%s*ignore%s+(%S+)%s*(.*)", reason = true },
  { pattern = "%-%-%s*squawk%-ignore%s+(.+)", many = true },
  { pattern = "%-%-%s*eugene:%s*ignore%s+(.+)", many = true },
  { pattern = "%-%-%s*atlas:nolint%s*(.*)", many = true },
}

local suppress = {}

-- The comments of a text: { line, rules = { … } (none: all rules), reason, form }.
function suppress.read(text)
  local list, number = {}, 0
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    number = number + 1
    for _, form in ipairs(line:find("--", 1, true) and forms or {}) do
      local rules, reason = line:match(form.pattern)
      if rules then
        local words = {}
        for word in rules:gmatch "[^%s,]+" do words[#words + 1] = word end
        list[#list + 1] = { line = number, rules = words, reason = form.reason and reason:gsub("%s+$", "") or nil,
                            needs_reason = form.reason }
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
  for _, comment in ipairs(comments) do
    for _, statement in ipairs(statements) do
      if last_line(statement) >= comment.line then
        comment.statement = statement
        break
      end
    end
  end
end

-- The comment that silences the rule for the statement, or nil.
function suppress.find(comments, statement, rule)
  for _, comment in ipairs(comments) do
    if comment.statement == statement then
      if #comment.rules == 0 then return comment end
      for _, word in ipairs(comment.rules) do
        if rule.names[word] then return comment end
      end
    end
  end
end

return suppress
