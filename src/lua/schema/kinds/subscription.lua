-- A subscription that connects would take changes from the publisher, also where a migration is only tried. So moonbird
-- creates it disabled and without connecting, as pg_dump does, and never enables it. DROP would connect to drop the
-- replication slot, so moonbird drops the subscription alone.
--
-- A connection string with a password is kept secret: see kinds/user_mapping.lua. Only a superuser can read it; before
-- PostgreSQL 14, that also holds for the columns oid and subsynccommit. An empty string stands for one that is not known.

local core = ...
local text = core.require "schema.sql.text"

-- Options that CREATE need not have.
local DEFAULTS <const> = text.set { "binary=false", "disable_on_error=false", "synchronous_commit=off", "origin=any",
                                    "password_required=true", "run_as_owner=false" }

-- May a connection string have a password?  As a key, or in a URL before the host.
local function may_be_secret(string) return string:lower():find "pass" or string:find "//[^/@]*:[^/]*@" end

local function alter(o, what) return ("ALTER SUBSCRIPTION %s %s"):format(o.name, what) end

local function with(o)
  local options = { "connect=false" }
  for _, option in ipairs(o.options) do
    if not DEFAULTS[option] then options[#options + 1] = option end
  end
  if o._two_phase then options[#options + 1] = "two_phase=true" end
  return text.options(options)
end

local function connection(o) return "CONNECTION " .. text.quote(o.connection or "") end
local function publications(o) return "PUBLICATION " .. table.concat(o.publications, ", ") end

-- The strings of all subscriptions, by name; nil for a user who cannot read them.
local function read_connections(db)
  if not db:value "SELECT has_column_privilege('pg_subscription', 'subconninfo', 'SELECT')" then return nil end
  local strings = {}
  for _, row in ipairs(db:query [[
    SELECT quote_ident(subname) AS name, subconninfo AS connection FROM pg_subscription
     WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())]]) do
    strings[row.name] = row.connection
  end
  return strings
end

-- Without its subscription, nothing tells which changes the publisher still has to send.
local function loses(o) return not text.set(o.options)["slot_name=none"] end

return {
  kind  = "SUBSCRIPTION",
  rank  = 93,
  superuser = true,
  secret = { field = "connection", words = "connection string", stand_in = function() return "" end },
  query = [[
SELECT @since(14, @address(pg_subscription, s.oid, 0) | 0) AS _address, quote_ident(s.subname) AS name,
       quote_ident(pg_get_userbyid(s.subowner)) AS owner, s.subenabled AS _enabled,
       ARRAY(SELECT quote_ident(p) FROM unnest(s.subpublications) p ORDER BY 1) AS publications,
       array_remove(ARRAY[format('slot_name=%s', coalesce(s.subslotname, 'none')),
         @since(14, format('synchronous_commit=%s', s.subsynccommit) | NULL),
         @since(14, format('binary=%s', s.subbinary::text) | NULL),
         @since(14, format('streaming=%s', CASE s.substream::text WHEN 'p' THEN 'parallel' WHEN 't' THEN 'on' WHEN 'true' THEN 'on'
           ELSE 'off' END) | NULL),
         @since(15, format('disable_on_error=%s', s.subdisableonerr::text) | NULL),
         @since(16, format('origin=%s', s.suborigin) | NULL),
         @since(16, format('password_required=%s', s.subpasswordrequired::text) | NULL),
         @since(16, format('run_as_owner=%s', s.subrunasowner::text) | NULL)], NULL) AS options,
       @since(15, s.subtwophasestate <> 'd' | false) AS _two_phase, @since(17, s.subfailover | false) AS _failover
  FROM pg_subscription s WHERE s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())]],

  complete = function(db, found)
    local list = {}
    for _, o in ipairs(found.list) do
      if o.kind.kind == "SUBSCRIPTION" then list[#list + 1] = o end
    end
    local strings = #list > 0 and read_connections(db) or {}
    for _, o in ipairs(list) do
      local string = strings[o.name] ~= "" and strings[o.name] or nil
      local hidden = string and not found.shows_secrets and may_be_secret(string)
      o._unseen, o._secret = not string, string and may_be_secret(string) and moonbird.sha256(string) or nil
      if hidden then o._hidden = true else o.connection = string end
    end
  end,

  loses = loses,
  does = { drop = function(o) return loses(o) and "DropSubscription" end },
  create = function(o)
    return ("CREATE SUBSCRIPTION %s %s %s WITH %s"):format(o.name, connection(o), publications(o), with(o))
  end,
  drop = function(o)
    local list = { alter(o, "SET (slot_name = NONE)"), "DROP SUBSCRIPTION " .. o.name }
    if o._enabled then table.insert(list, 1, alter(o, "DISABLE")) end
    return list
  end,

  unknown = function(field, old, new)
    if field ~= "connection" then return false end
    return old._unseen or new._unseen or new._hidden or old._hidden and old._secret == new._secret or false
  end,
  alter = {
    connection = function(new) return alter(new, connection(new)) end,
    publications = function(new) return alter(new, "SET " .. publications(new) .. " WITH (refresh = false)") end,
    options = function(new, old)
      local had, options = text.set(old.options), {}
      for _, option in ipairs(new.options) do
        if not had[option] then options[#options + 1] = option end
      end
      return alter(new, "SET " .. text.options(options))
    end,
  },
}
