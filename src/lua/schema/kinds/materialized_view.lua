local core = ...
local text = core.require "schema.sql.text"

-- Adds the materialized views that a view reads, also through other views.
local function add_sources(list, view, seen)
  for needed in pairs(view.needs) do
    local kind = not seen[needed] and needed.kind.kind
    seen[needed] = true
    if kind == "MATERIALIZED VIEW" then list[#list + 1] = needed
    elseif kind == "VIEW" then add_sources(list, needed, seen) end
  end
  return list
end

local defaults = { STATISTICS = "STATISTICS -1", COMPRESSION = "COMPRESSION DEFAULT" }

return {
  kind  = "MATERIALIZED VIEW",
  rank  = 81,
  found_in = "pg_class m",
  certain = "definition",
  expressions = { "definition" },
  acl   = "r",
  query = [[
SELECT @address(pg_class, c.oid, 0) AS _address, format('%I.%I', n.nspname, c.relname) AS name,
       quote_ident(pg_get_userbyid(c.relowner)) AS owner, pg_get_viewdef(c.oid) AS definition, c.reloptions AS options,
       (SELECT quote_ident(amname) FROM pg_am a WHERE a.oid = c.relam AND amname <> 'heap') AS access_method,
       (SELECT quote_ident(spcname) FROM pg_tablespace t WHERE t.oid = c.reltablespace) AS tablespace,
       nullif(ARRAY(
         SELECT format('%I: %s', a.attname, x.setting) || CASE WHEN x.setting ~ '^STORAGE' THEN ' instead of ' || CASE t.typstorage
                  WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END ELSE '' END
           FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid,
                LATERAL unnest(ARRAY[
                  CASE WHEN a.attstattarget >= 0 THEN 'STATISTICS ' || a.attstattarget END,
                  CASE WHEN a.attstorage <> t.typstorage THEN 'STORAGE ' || CASE a.attstorage WHEN 'p' THEN 'PLAIN'
                    WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END,
                  CASE to_jsonb(a) ->> 'attcompression' WHEN 'p' THEN 'COMPRESSION pglz' WHEN 'l' THEN 'COMPRESSION lz4' END]
                  || ARRAY(SELECT '(' || o || ')' FROM unnest(a.attoptions) o WHERE o !~ '^pg_attver=')) x (setting)
          WHERE a.attrelid = c.oid AND a.attnum > 0 AND x.setting IS NOT NULL ORDER BY 1), '{}') AS column_settings,
       (SELECT t.reloptions FROM pg_class t WHERE t.oid = c.reltoastrelid) AS toast_options,
       CASE WHEN NOT c.relispopulated THEN true END AS no_data
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'm' AND c.relpersistence <> 't' AND @ours(n) AND @own(pg_class, c.oid)]],

  names = function(o) return { "relation " .. o.name, "type " .. o.name } end,
  create = function(o)
    return ("CREATE MATERIALIZED VIEW %s%s%s%s AS\n%s%s"):format(o.name,
      o.access_method and " USING " .. o.access_method or "", o.options and " WITH " .. text.options(o.options) or "",
      o.tablespace and " TABLESPACE " .. o.tablespace or "", (o.definition:gsub(";$", "")),
      o.no_data and "\nWITH NO DATA" or "")
  end,
  later = { "column_settings", "toast_options" },
  -- PostgreSQL fills a materialized view only from others that have data.
  edges = function(change, graph)
    local list, o = {}, change.object
    for _, source in ipairs(change.verb ~= "drop" and not o.no_data and add_sources({}, o, {}) or {}) do
      local fills = not source.no_data and (graph.creates[source] or graph.alters[source])
      if fills then list[#list + 1] = { fills, change } end
    end
    return list
  end,
  does = { alter = { tablespace = "AlterTable.SetTableSpace", no_data = "RefreshMatView" } },
  alter = {
    column_settings = function(new, old)
      local list, had, has = {}, text.set(old.column_settings), text.set(new.column_settings)
      local function set(column, setting)
        list[#list + 1] = ("ALTER MATERIALIZED VIEW %s ALTER COLUMN %s SET %s"):format(new.name, column, setting)
      end
      local function reset(column, setting)
        local option = setting:match "^%((.-)="
        if not option then return set(column, defaults[setting:match "^%u+"] or "STORAGE " .. setting:match "%u+$") end
        list[#list + 1] = ("ALTER MATERIALIZED VIEW %s ALTER COLUMN %s RESET (%s)"):format(new.name, column, option)
      end
      for _, item in ipairs(old.column_settings or {}) do
        if not has[item] then reset(text.split_item(item)) end
      end
      for _, item in ipairs(new.column_settings or {}) do
        if not had[item] then set(text.split_item((item:gsub(" instead of %u+$", "")))) end
      end
      return list
    end,
    options = function(new, old)
      return text.change_options("ALTER MATERIALIZED VIEW " .. new.name, old.options, new.options, "")
    end,
    toast_options = function(new, old)
      return text.change_options("ALTER MATERIALIZED VIEW " .. new.name, old.toast_options, new.toast_options, "toast.")
    end,
    tablespace = function(new)
      return ("ALTER MATERIALIZED VIEW %s SET TABLESPACE %s"):format(new.name, new.tablespace or "pg_default")
    end,
    no_data = function(new)
      return ("REFRESH MATERIALIZED VIEW %s%s"):format(new.name, new.no_data and " WITH NO DATA" or "")
    end,
  },
}
