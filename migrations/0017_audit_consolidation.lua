-- The first audit trail was text from several programs: actions such as "USER_LOGIN" and "Meeting
-- cancelled"; actors as Clerk ids, addresses or names of jobs; a payload that is sometimes JSON. Each
-- new row keeps the old one beside it, so that `down` can restore it.

-- "USER_LOGIN", "user.login" and "User login" become user.login; a single word becomes system.WORD.
local function action_of(event)
  local words = {}
  for word in event:lower():gmatch "[%w]+" do words[#words + 1] = word end
  if #words == 0 then return "system.unknown" end
  if #words == 1 then return "system." .. words[1] end
  return words[1] .. "." .. table.concat(words, "_", 2)
end

-- The value that the database computes from a string; nil if it refuses the string.
local function try_value(db, sql, text)
  local ok, value = db:try(function() return db:value(sql, text) end)
  return ok and value or nil
end

-- JSON stays as it is; any other string becomes a JSON object that contains it.
local function details_of(db, payload)
  if not payload or not payload:find "%S" then return {} end
  local is_json = type(try_value(db, "SELECT $1::jsonb", payload)) == "table"
  return is_json and payload or { text = payload }
end

-- nil for "unknown", "10.0.0.1, 10.0.0.2" and the like.
local function ip_of(db, text)
  return text and try_value(db, "SELECT host($1::inet)", text)
end

local function find_actor(db, label)
  return db:value([[
    SELECT id
      FROM users
     WHERE clerk_user_id = $1 OR lower(email) = lower(btrim($1))
     ORDER BY clerk_user_id = $1 DESC NULLS LAST, deleted_at IS NULL DESC, created_at
     LIMIT 1
  ]], label)
end

local function consolidate(db)
  local n = 0
  for old in db:rows "SELECT *, to_jsonb(e)::text AS legacy FROM audit_events e ORDER BY happened_at, id" do
    db:insert("audit_logs", {
      id          = old.id,
      occurred_at = old.happened_at,
      actor_id    = old.actor and find_actor(db, old.actor),
      actor_label = old.actor or "unknown",
      action      = action_of(old.event),
      ip          = ip_of(db, old.ip),
      details     = details_of(db, old.payload),
      legacy      = old.legacy,
    })
    n = n + 1
  end
  return n
end

return {
  description = "The first audit trail becomes part of audit_logs",

  up = function(db)
    db:exec "ALTER TABLE audit_logs ADD COLUMN legacy jsonb"
    if not db:has_table "audit_events" then
      moonbird.log.info "nothing to consolidate: the table audit_events does not exist"
      return
    end
    db:exec "LOCK TABLE audit_events IN SHARE MODE"
    moonbird.log.info("%d lines consolidated", consolidate(db))
    db:exec "DROP TABLE audit_events" -- lint: ignore drop-table all of its rows are in audit_logs
  end,

  down = function(db)
    db:file "0008_audit_events.sql"
    db:exec [[
      INSERT INTO audit_events
      SELECT old.*
        FROM audit_logs, jsonb_populate_record(NULL::audit_events, legacy) AS old
       WHERE legacy IS NOT NULL;

      DELETE FROM audit_logs WHERE legacy IS NOT NULL;
      ALTER TABLE audit_logs DROP COLUMN legacy
    ]]
  end,
}
