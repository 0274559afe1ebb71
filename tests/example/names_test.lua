local t = moonbird.test

-- name = first and last name; false where there is none
local names = {
  ["Ana Sousa"]             = { "Ana", "Sousa" },
  ["João Pedro da Silva"]   = { "João Pedro", "da Silva" },
  ["Sousa, Ana"]            = { "Ana", "Sousa" },
  ["Sousa e Silva, Ana"]    = { "Ana", "Sousa e Silva" },
  ["Prof. Dr. Eva Lima"]    = { "Eva", "Lima" },
  ["Jan van den Berg"]      = { "Jan", "van den Berg" },
  ["Cher"]                  = { "Cher", false },
  ["kim@example.com"]       = { false, false },
  ["O'Neil; DROP TABLE x"]  = { "O'Neil; DROP TABLE", "x" },
}

t.migration("0010_first_and_last_names", function(m)
  m:before(function(db)
    for name in pairs(names) do db:insert("users", { email = moonbird.uuid() .. "@example.com", name = name }) end
    db:insert("users", { email = "nobody@example.com" })
  end)

  m:after(function(db)
    local found = {}
    for user in db:rows "SELECT name, first_name, last_name FROM users WHERE name IS NOT NULL" do
      found[user.name] = { user.first_name or false, user.last_name or false }
    end
    t.equal(found, names)
  end)

  m:after(function(db)
    local nobody = db:row "SELECT first_name, last_name FROM users WHERE name IS NULL"
    t.equal(nobody, {})
  end)

  m:rolls_back(function(db)
    t.equal(db:value "SELECT count(*) FROM users WHERE name = 'Sousa, Ana'", 1)
  end)
end)
