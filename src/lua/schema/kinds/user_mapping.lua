-- Options may be secrets. Those of a schema that files make are in the files already, so a migration can have them;
-- moonbird neither prints nor writes those of a database (snapshot.read).
--
-- `options` has the options whose names say that they are no secrets, `secrets` the others; it is nil if they are hidden.
-- Then `_hidden` has their names. `_secret` tells whether they differ. PostgreSQL shows the options of other roles only to
-- superusers: then `_unseen` is true.

local core = ...
local text = core.require "schema.sql.text"

local PUBLIC <const> = text.set { "user", "username", "password_required" }

local function name_of(option) return option:match "^[^=]*" end

-- Splits the options of an object; `shown`: keeps the secrets.
local function split(o, shown)
  local options, secrets, names = {}, {}, {}
  for _, option in ipairs(o._options or {}) do
    local list = PUBLIC[name_of(option)] and options or secrets
    list[#list + 1] = option
  end
  for i, option in ipairs(secrets) do names[i] = name_of(option) end
  o._options = nil
  o.options = #options > 0 and options or nil
  if #secrets == 0 then return end
  o._secret = moonbird.sha256(table.concat(secrets, "\0"))
  if shown then o.secrets = secrets else o._hidden = names end
end

-- Options with these names, which all have one value.
local function values(names, value)
  local list = {}
  for i, name in ipairs(names) do list[i] = name .. "=" .. value end
  return list
end

local function alter(o, had, has)
  return ("ALTER USER MAPPING %s %s"):format(o.name, text.change_generic_options(had, has))
end

return {
  kind  = "USER MAPPING",
  rank  = 77,
  found_in = "pg_foreign_server",
  secret = {
    field = "secrets", words = "options",
    stand_in = function(o) return values(o._hidden, "hidden") end,
  },
  query = [[
SELECT @address(pg_user_mapping, m.umid, 0) AS _address, format('FOR %s SERVER %I', u.name, m.srvname) AS name,
       nullif(u.name, 'PUBLIC') AS _role, ARRAY(SELECT o FROM unnest(m.umoptions) o ORDER BY 1) AS _options,
       m.umoptions IS NULL AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS _unseen
  FROM pg_user_mappings m,
       LATERAL (SELECT CASE m.umuser WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(m.umuser)) END) u (name)
 WHERE @own(pg_user_mapping, m.umid)]],

  finish = function(found)
    for _, o in ipairs(found.of_kind "USER MAPPING") do split(o, found.shows_secrets) end
  end,

  create = function(o)
    local options = table.move(o.options or {}, 1, #(o.options or {}), 1, {})
    table.move(o.secrets or {}, 1, #(o.secrets or {}), #options + 1, options)
    return "CREATE USER MAPPING " .. o.name .. text.generic_options(options)
  end,
  unknown = function(field, old, new)
    if old._unseen or new._unseen then return true end
    return field == "secrets" and (new._hidden or old._hidden and old._secret == new._secret)
  end,
  alter = {
    options = function(new, old) return alter(new, old.options, new.options) end,
    secrets = function(new, old) return alter(new, old._hidden and values(old._hidden, "\0") or old.secrets, new.secrets) end,
  },
}
