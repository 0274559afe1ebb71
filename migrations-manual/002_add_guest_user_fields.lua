-- People book with an address and without an account. Each of them becomes a guest user, so that
-- bookings can be listed by person, and a guest who signs up later finds them.
--
-- One address is one person, however it was typed. If the person has an account, the bookings are
-- linked to it. A closed account stays closed, and its owner gets a guest user. A booking without a
-- usable address stays as it is.
--
-- Run it again with `--again` for new bookings.

local unlinked = [[
  SELECT m.id, name, email, m.created_at
    FROM meetings m,
         btrim(regexp_replace(m.guest_name, '[\s\u00a0]+', ' ', 'g')) AS name,
         lower(regexp_replace(m.guest_email, '^[\s\u00a0]+|[\s\u00a0]+$', '', 'g')) AS email
   WHERE m.guest_user_id IS NULL
     AND email ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$'
]]

-- All bookings of one address, oldest first.
local people = [[
  SELECT email,
         array_agg(id) AS bookings,
         array_agg(name ORDER BY created_at, id) FILTER (WHERE name <> '') AS names,
         min(created_at) AS since
    FROM (]] .. unlinked .. [[) AS booking
   GROUP BY email
   ORDER BY since, email
]]

-- The first name with upper and lower case letters, or else the first name; nil if there is none.
local function best_name(names)
  for _, name in ipairs(names or {}) do
    if name:find "%l" and name:find "%u" then return name end
  end
  return names and names[1]
end

local function find_or_add_user(db, person)
  return db:value("SELECT id FROM users WHERE lower(email) = $1 AND deleted_at IS NULL", person.email)
    or db:value([[
         INSERT INTO users (email, name, is_guest, created_at) VALUES ($1, $2, true, $3) RETURNING id
       ]], person.email, best_name(person.names), person.since)
end

return {
  description = "Bookings made without an account belong to guest users",
  requires = { "0012_personal_organizations" },
  lock_timeout = "2s",

  up = function(db)
    db:exec [[
      ALTER TABLE users
        ADD COLUMN IF NOT EXISTS is_guest boolean NOT NULL DEFAULT false;
      ALTER TABLE meetings
        ADD COLUMN IF NOT EXISTS guest_user_id uuid REFERENCES users (id) ON DELETE SET NULL;
      -- lint: ignore create-index-not-concurrent,rewrite-under-lock it runs in the maintenance window
      CREATE INDEX IF NOT EXISTS meetings_guest_user_id_idx ON meetings (guest_user_id);
    ]]
    for person in db:rows(people) do
      local user = find_or_add_user(db, person)
      db:exec("UPDATE meetings SET guest_user_id = $1 WHERE id = ANY ($2)", user, person.bookings)
    end
    local left = db:value "SELECT count(*) FROM meetings WHERE guest_user_id IS NULL"
    if left > 0 then moonbird.log.warn("bookings without a usable address, which have no user: %d", left) end
  end,

  down = function(db)
    db:exec [[
      ALTER TABLE meetings DROP COLUMN guest_user_id;
      DELETE FROM users WHERE is_guest;
      ALTER TABLE users DROP COLUMN is_guest;
    ]]
  end,

  verify = function(db)
    local left = db:value("SELECT count(*) FROM (" .. unlinked .. ") AS booking")
    assert(left == 0, left .. " bookings have an address and no user")
  end,
}
