local core = ...
local text = core.require "schema.sql.text"

local function handler(o) return o.handler and "HANDLER " .. o.handler or "NO HANDLER" end
local function validator(o) return o.validator and "VALIDATOR " .. o.validator or "NO VALIDATOR" end
local function alter(o, what) return ("ALTER FOREIGN DATA WRAPPER %s %s"):format(o.name, what) end

-- Makes an object need the wrapper of its server.
local function need_wrapper(o, wrappers, relation)
  local wrapper
  for needed in pairs((relation or o).needs) do wrapper = wrapper or wrappers[needed] end
  if wrapper then o.needs[wrapper] = "normal" end
end

return {
  kind  = "FOREIGN DATA WRAPPER",
  rank  = 75,
  found_in = "pg_foreign_data_wrapper",
  -- PostgreSQL calls the validator, a function of the database.
  superuser = function(o) return o._superuser end,
  acl   = "F",
  query = [[
SELECT @address(pg_foreign_data_wrapper, w.oid, 0) AS _address, quote_ident(w.fdwname) AS name,
       quote_ident(pg_get_userbyid(w.fdwowner)) AS owner,
       CASE WHEN w.fdwhandler <> 0 THEN w.fdwhandler::regproc::text END AS handler,
       CASE WHEN w.fdwvalidator <> 0 THEN w.fdwvalidator::regproc::text END AS validator,
       nullif(ARRAY(SELECT o FROM unnest(w.fdwoptions) o ORDER BY 1), '{}') AS options,
       NOT EXISTS (SELECT FROM pg_proc v JOIN pg_language l ON l.oid = v.prolang
                    WHERE v.oid = w.fdwvalidator AND l.lanname NOT IN ('c', 'internal')) AS _superuser
  FROM pg_foreign_data_wrapper w WHERE @own(pg_foreign_data_wrapper, w.oid)]],

  -- The validator checks the options of foreign tables, of their columns and of user mappings, so it changes before these do.
  finish = function(snapshot)
    local wrappers = {}
    for _, server in ipairs(snapshot.of_kind "SERVER") do
      for needed in pairs(server.needs) do
        if needed.kind.kind == "FOREIGN DATA WRAPPER" then wrappers[server] = needed end
      end
    end
    for _, o in ipairs(snapshot.of_kind "USER MAPPING") do need_wrapper(o, wrappers) end
    for _, o in ipairs(snapshot.of_kind "FOREIGN TABLE") do
      need_wrapper(o, wrappers)
      for _, part in ipairs(o.parts or {}) do
        if part.foreign_options then need_wrapper(part, wrappers, o) end
      end
    end
  end,

  create = function(o)
    return ("CREATE FOREIGN DATA WRAPPER %s%s%s%s"):format(o.name, o.handler and " " .. handler(o) or "",
      o.validator and " " .. validator(o) or "", text.generic_options(o.options))
  end,
  first = { "handler", "validator" },
  alter = {
    handler = function(new) return alter(new, handler(new)) end,
    validator = function(new) return alter(new, validator(new)) end,
    options = function(new, old) return alter(new, text.change_generic_options(old.options, new.options)) end,
  },
}
