local core = ...
local text = core.require "schema.text"

return {
  kind  = "MATERIALIZED VIEW",
  rank  = 81,
  acl   = "r",
  query = [[
SELECT @address(pg_class, c.oid, 0) AS _address, format('%I.%I', n.nspname, c.relname) AS name,
       quote_ident(pg_get_userbyid(c.relowner)) AS owner, pg_get_viewdef(c.oid) AS definition, c.reloptions AS options,
       (SELECT quote_ident(amname) FROM pg_am a WHERE a.oid = c.relam AND amname <> 'heap') AS access_method,
       (SELECT quote_ident(spcname) FROM pg_tablespace t WHERE t.oid = c.reltablespace) AS tablespace,
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
  alter = {
    options = function(new, old)
      return text.change_options("ALTER MATERIALIZED VIEW " .. new.name, old.options, new.options, "")
    end,
    tablespace = function(new)
      return ("ALTER MATERIALIZED VIEW %s SET TABLESPACE %s"):format(new.name, new.tablespace or "pg_default")
    end,
    no_data = function(new)
      return ("REFRESH MATERIALIZED VIEW %s%s"):format(new.name, new.no_data and " WITH NO DATA" or "")
    end,
  },
}
