-- Mappings "TOKEN WITH dictionary, …" → { [TOKEN] = "dictionary, …" }
local function by_token(mappings)
  local list = {}
  for _, mapping in ipairs(mappings or {}) do
    local token, dictionaries = mapping:match "^(.-) WITH (.*)$"
    list[token] = dictionaries
  end
  return list
end

local function alter(o, verb, token, dictionaries)
  return ("ALTER TEXT SEARCH CONFIGURATION %s %s MAPPING FOR %s%s"):format(o.name, verb, token,
    dictionaries and " WITH " .. dictionaries or "")
end

return {
  kind  = "TEXT SEARCH CONFIGURATION",
  rank  = 78,
  found_in = "pg_ts_config",
  query = [[
SELECT @address(pg_ts_config, c.oid, 0) AS _address, format('%I.%I', n.nspname, c.cfgname) AS name,
       quote_ident(pg_get_userbyid(c.cfgowner)) AS owner, format('%I.%I', pn.nspname, p.prsname) AS parser,
       nullif(ARRAY(SELECT format('%s WITH %s', (SELECT quote_ident(t.alias) FROM ts_token_type(c.cfgparser) t WHERE t.tokid = m.maptokentype),
                string_agg(m.mapdict::regdictionary::text, ', ' ORDER BY m.mapseqno))
               FROM pg_ts_config_map m WHERE m.mapcfg = c.oid GROUP BY m.maptokentype ORDER BY 1), '{}') AS mappings
  FROM pg_ts_config c JOIN pg_namespace n ON n.oid = c.cfgnamespace
  JOIN pg_ts_parser p ON p.oid = c.cfgparser JOIN pg_namespace pn ON pn.oid = p.prsnamespace
 WHERE @ours(n) AND @own(pg_ts_config, c.oid)]],
  create = function(o) return ("CREATE TEXT SEARCH CONFIGURATION %s (PARSER = %s)"):format(o.name, o.parser) end,
  later = { "mappings" },
  alter = {
    mappings = function(new, old)
      local list, had, has = {}, by_token(old.mappings), by_token(new.mappings)
      for _, mapping in ipairs(old.mappings or {}) do
        local token = mapping:match "^(.-) WITH "
        if not has[token] then list[#list + 1] = alter(new, "DROP", token) end
      end
      for _, mapping in ipairs(new.mappings or {}) do
        local token = mapping:match "^(.-) WITH "
        if had[token] ~= has[token] then list[#list + 1] = alter(new, had[token] and "ALTER" or "ADD", token, has[token]) end
      end
      return list
    end,
  },
}
