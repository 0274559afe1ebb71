local core = ...
local tree = core.require "lint.tree"

-- PostgreSQL cuts a name after 63 bytes, and before a character that would be cut in the middle.
local LONGEST, SHORTEST_CUT = 63, 60

-- All strings in a tree that a cut name can be.
local function names_in(value, names)
  for key, child in pairs(value) do
    if type(child) == "table" then names_in(child, names)
    elseif type(child) == "string" and key ~= "tag" and #child >= SHORTEST_CUT and #child <= LONGEST then names[child] = true
    end
  end
  return names
end

-- The rest of a quoted name, in which a quote is written twice.
local function rest_of_quoted(text)
  local rest = text:gsub('""', "\0"):match '^[^"]+'
  return rest and rest:gsub("\0", '"')
end

-- Where the text has a longer name that begins with this one: its first byte, from 0, and the name.
local function longer(text, name)
  local from, to = 0, nil
  local lower, written = text:lower(), name:lower():gsub('"', '""')
  while true do
    from, to = lower:find(written, from + 1, true)
    if not from then return nil end
    local quoted = text:sub(from - 1, from - 1) == '"'
    local rest
    if quoted then rest = rest_of_quoted(text:sub(to + 1))
    elseif name:find "^[%a_\128-\255][%w_$\128-\255]*$" then rest = text:match("^[%w_$\128-\255]+", to + 1)
    end
    if rest then return from - 1, name .. rest end
  end
end

return {
  id       = "identifier-too-long",
  aliases  = { "B04" },
  group    = "robust",
  severity = "warning",
  summary  = "PostgreSQL cuts a name after 63 bytes",
  why      = [[
PostgreSQL gives a notice and uses the shorter name. Two names with the same beginning become one, and a program that looks
for the whole name in the catalog does not find it.]],
  fix      = [[
Choose a name of at most 63 bytes.]],

  check = function(stmt, ctx)
    for name in tree.sorted(names_in(stmt.tree, {})) do
      local at, whole = longer(stmt.text, name)
      if at then
        local line, column = tree.place(stmt, at)
        ctx:report { line = line, column = column, fix = "Choose a shorter name.",
                     message = ("PostgreSQL cuts this name of %d bytes to %s"):format(#whole, name) }
      end
    end
  end,

  bad = {
    "ALTER TABLE orders ADD COLUMN a_name_that_is_much_longer_than_the_sixty_three_bytes_that_postgresql_keeps int;",
    'CREATE TABLE "Names with capital letters and spaces and so on that nobody can remember" (id int);',
    'ALTER TABLE t ADD COLUMN "the quote that comes now is the sixty-fourth byte of this name:""" int;',
  },
  good = {
    "ALTER TABLE orders ADD COLUMN a_name_that_has_exactly_the_sixty_three_bytes_postgresql_keeps_ int;",
    "CREATE TABLE t (a text DEFAULT 'a string that is much longer than the sixty-three bytes that PostgreSQL keeps');",
  },
}
