-- `name` stays as people wrote it. Invoices need it in two parts, and SQL alone cannot split
-- "João Pedro da Silva", "Sousa, Ana" and "Dr. Ana Sousa".

-- Words that belong to the last name: "da Silva", "van der Berg".
local particles = {}
for word in ("da das de del den der di do dos du e la le van von y zu"):gmatch "%a+" do
  particles[word] = true
end

local titles = { dr = true, dra = true, mr = true, mrs = true, ms = true, prof = true }

local function words_of(text)
  local words = {}
  for word in text:gmatch "%S+" do words[#words + 1] = word end
  return words
end

local function drop_titles(words)
  while #words > 1 and titles[words[1]:lower():gsub("%.$", "")] do table.remove(words, 1) end
end

-- The position at which the last name begins: its first particle, or the last word.
local function start_of_last_name(words)
  for i = 2, #words - 1 do
    if particles[words[i]:lower()] then return i end
  end
  return math.max(#words, 2)
end

-- Returns the first and the last name; nil for one that is missing.
local function split(name)
  name = name:gsub("\u{a0}", " ")
  if name:find("@", 1, true) then return nil end
  local last, first = name:match "^([^,]*[^,%s])%s*,%s*([^,%s][^,]*)$"
  local words = words_of(last and first .. " " .. last or name:gsub(",", " "))
  drop_titles(words)
  if #words == 0 then return nil end
  local at = last and #words - #words_of(last) + 1 or start_of_last_name(words)
  return table.concat(words, " ", 1, at - 1), at <= #words and table.concat(words, " ", at) or nil
end

return {
  description = "First and last names, split from the name",

  up = function(db)
    db:exec [[
      ALTER TABLE users
        ADD COLUMN first_name text,
        ADD COLUMN last_name  text
    ]]
    for user in db:rows "SELECT id, name FROM users WHERE name IS NOT NULL" do
      local first, last = split(user.name)
      if first then
        db:exec("UPDATE users SET first_name = $1, last_name = $2 WHERE id = $3", first, last, user.id)
      end
    end
  end,

  down = function(db)
    db:exec [[
      ALTER TABLE users
        DROP COLUMN first_name,
        DROP COLUMN last_name
    ]]
  end,
}
