local t = moonbird.test

local function book(db, bookings)
  local expert = db:insert("users", { email = "expert@example.com" }, { returning = "id" })[1].id
  local organization = db:insert("organizations", { name = "Talks", slug = "talks" }, { returning = "id" })[1].id
  local event = db:insert("events", {
    expert_id = expert, organization_id = organization, title = "Talk", slug = "talk", duration_minutes = 30,
  }, { returning = "id" })[1].id
  for day, booking in ipairs(bookings) do
    booking.expert_id, booking.event_id = expert, event
    booking.starts_at = ("2024-03-%02d 10:00"):format(day)
    booking.ends_at = ("2024-03-%02d 10:30"):format(day)
    booking.created_at = ("2024-02-%02d"):format(day)
  end
  db:insert("meetings", bookings)
end

t.migration("002_add_guest_user_fields", function(m)
  m:before(function(db)
    db:insert("users", { email = "Cher@example.com", name = "Cher" })
    book(db, {
      { guest_email = "bea@example.com", guest_name = "BEA LIMA" },
      { guest_email = " Bea@Example.com ", guest_name = "Bea Lima" },
      { guest_email = "cher@example.com" },
      { guest_email = "call me" },
    })
  end)

  m:after(function(db)
    t.equal(db:query [[
      SELECT m.guest_email, u.email, u.name, u.is_guest
        FROM meetings m LEFT JOIN users u ON u.id = m.guest_user_id
       ORDER BY m.created_at
    ]], {
      { guest_email = "bea@example.com", email = "bea@example.com", name = "Bea Lima", is_guest = true },
      { guest_email = " Bea@Example.com ", email = "bea@example.com", name = "Bea Lima", is_guest = true },
      { guest_email = "cher@example.com", email = "Cher@example.com", name = "Cher", is_guest = false },
      { guest_email = "call me" },
    })
  end)

  m:after(function(db)
    local err = t.raises(function()
      db:exec "UPDATE meetings SET guest_user_id = gen_random_uuid()"
    end, "meetings_guest_user_id_fkey")
    t.equal(err.sqlstate, "23503")
  end)

  m:rolls_back(function(db)
    t.equal(db:value "SELECT count(*) FROM users", 2, "guests are gone")
  end)
end)

local function found(db, words)
  return db:value([[
    SELECT string_agg(guest_name, ', ' ORDER BY starts_at) FROM meetings
     WHERE search @@ plainto_tsquery('simple', $1)
  ]], words)
end

t.migration("013_booking_search", function(m)
  m:before(function(db)
    book(db, {
      { guest_email = "bea.lima@example.com", guest_name = "Bea" },
      { guest_email = "cher@example.org", guest_name = "Cher Lima" },
      { guest_name = "By phone" },
    })
  end)

  m:after(function(db)
    t.equal(found(db, "lima"), "Bea, Cher Lima")
    t.equal(found(db, "example org"), "Cher Lima")
    t.equal(found(db, "bea.lima@example.com"), "Bea")
  end)

  m:after(function(db)
    db:exec "UPDATE meetings SET guest_email = 'dora@example.com' WHERE guest_name = 'By phone'"
    t.equal(found(db, "dora"), "By phone")
  end)

  m:rolls_back()
end)

t.migration("011_cleanup_user_preferences", { title = "refuses while rows are not merged" }, function(m)
  m:before(function(db)
    local user = db:insert("users", { email = "ana@example.com" }, { returning = "id" })[1].id
    db:insert("user_preferences", { user_id = user })
  end)
  m:fails "1 rows of user_preferences are not merged"
end)

t.migration("001_enable_rls", { title = "refuses a database without Neon" }, function(m)
  m:fails "use 001_enable_rls_standard"
end)
