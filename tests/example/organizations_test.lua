local t = moonbird.test

local function slugs(db)
  local found = {}
  for row in db:rows [[
    SELECT u.email, o.slug
      FROM users u
      JOIN user_org_memberships m ON m.user_id = u.id AND m.role = 'owner'
      JOIN organizations o ON o.id = m.organization_id
  ]] do
    found[row.email] = row.slug
  end
  return found
end

t.migration("0012_personal_organizations", function(m)
  m:before(function(db)
    db:insert("users", {
      { email = "ana@example.com", name = "Ana Sousa", created_at = "2024-01-01" },
      { email = "ana.2@example.com", name = " ANA  SOUSA ", created_at = "2024-01-02" },
      { email = "help@example.com", created_at = "2024-01-03" },
      { email = "rui@example.com", name = "Rui Costa", created_at = "2024-01-04" },
    })
    local team = db:insert("organizations", { name = "Costa & Costa", slug = "costa" }, { returning = "id" })
    db:insert("user_org_memberships", {
      user_id = db:value "SELECT id FROM users WHERE email = 'rui@example.com'",
      organization_id = team[1].id, role = "owner",
    })
  end)

  m:after(function(db)
    t.equal(slugs(db), {
      ["ana@example.com"] = "ana-sousa",
      ["ana.2@example.com"] = "ana-sousa-2", -- taken
      ["help@example.com"] = "help-2",       -- reserved
      ["rui@example.com"] = "costa",         -- has one already
    })
  end)

  m:rolls_back(function(db)
    t.equal(slugs(db), { ["rui@example.com"] = "costa" }, "what people made themselves stays")
  end)
end)
