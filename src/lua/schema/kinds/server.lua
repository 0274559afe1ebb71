local core = ...
local text = core.require "schema.sql.text"

return {
  kind  = "SERVER",
  rank  = 76,
  found_in = "pg_foreign_server",
  acl   = "S",
  query = [[
SELECT @address(pg_foreign_server, s.oid, 0) AS _address, quote_ident(s.srvname) AS name,
       quote_ident(pg_get_userbyid(s.srvowner)) AS owner, quote_ident(w.fdwname) AS wrapper,
       s.srvtype AS type, s.srvversion AS version, nullif(ARRAY(SELECT o FROM unnest(s.srvoptions) o ORDER BY 1), '{}') AS options
  FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw WHERE @own(pg_foreign_server, s.oid)]],

  create = function(o)
    return ("CREATE SERVER %s%s%s FOREIGN DATA WRAPPER %s%s"):format(o.name, o.type and " TYPE " .. text.quote(o.type) or "",
      o.version and " VERSION " .. text.quote(o.version) or "", o.wrapper, text.generic_options(o.options))
  end,
  alter = {
    version = function(new)
      return ("ALTER SERVER %s VERSION %s"):format(new.name, new.version and text.quote(new.version) or "NULL")
    end,
    options = function(new, old)
      return ("ALTER SERVER %s %s"):format(new.name, text.change_generic_options(old.options, new.options))
    end,
  },
}
