-- Each user has an organization, even a single user (the org-per-user model). An organization has a
-- name for links: "Ana Sousa" becomes ana-sousa, the next one ana-sousa-2.

local most = 40 -- characters of a slug, before its number

-- The application's own links begin with these.
local reserved = { "admin", "api", "app", "auth", "help", "login", "settings", "www" }

local plain = {}
for letter, accented in pairs {
  a = "áàâãäåÁÀÂÃÄÅ", c = "çÇ", e = "éèêëÉÈÊË", i = "íìîïÍÌÎÏ", n = "ñÑ",
  o = "óòôõöøÓÒÔÕÖØ", u = "úùûüÚÙÛÜ", y = "ýÿÝ", ss = "ß", ae = "æÆ", oe = "œŒ",
} do
  for character in accented:gmatch(utf8.charpattern) do plain[character] = letter end
end

-- Returns "" if no character of the name can be used in a link.
local function slug_of(text)
  local slug = text:gsub(utf8.charpattern, plain):lower():gsub("[^a-z0-9]+", "-")
  return (slug:gsub("^%-+", ""):sub(1, most):gsub("%-+$", ""))
end

local function first_filled(...)
  for _, text in ipairs { ... } do
    if text ~= "" then return text end
  end
end

local function next_free(slug, taken)
  local free, n = slug, 1
  while taken[free] do
    n = n + 1
    free = slug .. "-" .. n
  end
  taken[free] = true
  return free
end

local function taken_slugs(db)
  local taken = {}
  for _, word in ipairs(reserved) do taken[word] = true end
  for organization in db:rows "SELECT slug FROM organizations" do taken[organization.slug] = true end
  return taken
end

-- A guest, whom a manual migration adds with a column of its own, has no account and needs none.
local homeless = [[
    FROM users u
   WHERE (to_jsonb(u) ->> 'is_guest')::boolean IS NOT TRUE
     AND NOT EXISTS (SELECT FROM user_org_memberships m
                      WHERE m.user_id = u.id AND m.role = 'owner' AND m.deleted_at IS NULL)
]]

return {
  description = "A personal organization for each user who has none",

  up = function(db, ctx)
    local taken = taken_slugs(db)
    local users = "SELECT id, coalesce(name, '') AS name, split_part(email, '@', 1) AS mailbox"
                  .. homeless .. "ORDER BY created_at, id"
    for user in db:rows(users) do
      local base = first_filled(slug_of(user.name), slug_of(user.mailbox), "user-" .. user.id:sub(1, 8))
      db:exec([[
        WITH made AS (
          INSERT INTO organizations (name, slug, kind, metadata, created_at, deleted_at)
          SELECT coalesce(nullif(btrim(name), ''), email), $2, 'personal',
                 jsonb_build_object('made_by', $3::text), created_at, deleted_at
            FROM users
           WHERE id = $1
          RETURNING id
        )
        INSERT INTO user_org_memberships (user_id, organization_id, role)
        SELECT $1, id, 'owner' FROM made
      ]], user.id, next_free(base, taken), ctx.name)
    end
  end,

  -- Organizations that people made themselves stay.
  down = function(db, ctx)
    db:exec("DELETE FROM organizations WHERE metadata ->> 'made_by' = $1", ctx.name)
  end,

  verify = function(db)
    local left = db:value("SELECT count(*)" .. homeless)
    assert(left == 0, left .. " users own no organization")
  end,
}
