local core = ...
local relation = core.require "schema.sql.relation"
local text = core.require "schema.sql.text"

return {
  kind  = "FOREIGN TABLE",
  rank  = 51,
  found_in = "pg_class f",
  acl   = "r",
  query = [[
SELECT @address(pg_class, c.oid, 0) AS _address, format('%I.%I', n.nspname, c.relname) AS name,
       quote_ident(pg_get_userbyid(c.relowner)) AS owner, quote_ident(s.srvname) AS server,
       nullif(ARRAY(SELECT o FROM unnest(f.ftoptions) o ORDER BY 1), '{}') AS options, c.relispartition AS _partition,
       CASE WHEN NOT c.relispartition THEN
         (SELECT array_agg(format('%I.%I', pn.nspname, p.relname) ORDER BY i.inhseqno)
            FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
           WHERE i.inhrelid = c.oid) END AS _inherits
  FROM pg_foreign_table f JOIN pg_class c ON c.oid = f.ftrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_foreign_server s ON s.oid = f.ftserver
 WHERE @ours(n) AND @own(pg_class, c.oid)]],

  names = function(o) return { "relation " .. o.name, "type " .. o.name } end,
  goes_with = function(o, drops) return o.partition and drops[o.partition.of] and o.partition.of end,

  create = function(o, parts)
    local list = relation.lines(parts)
    return ("CREATE FOREIGN TABLE %s (%s)%s\nSERVER %s%s"):format(o.name,
      #list > 0 and "\n    " .. table.concat(list, ",\n    ") .. "\n" or "",
      o._inherits and ("\nINHERITS (%s)"):format(table.concat(o._inherits, ", ")) or "", o.server, text.generic_options(o.options))
  end,
  alter = {
    options = function(new, old)
      return ("ALTER FOREIGN TABLE %s %s"):format(new.name, text.change_generic_options(old.options, new.options))
    end,
  },
}
