return {
  kind  = "EXTENSION",
  rank  = 20,
  superuser = true,
  query = [[
SELECT @address(pg_extension, e.oid, 0) AS _address, quote_ident(e.extname) AS name, quote_ident(n.nspname) AS schema,
       e.extversion AS _version, e.extrelocatable AS _relocatable
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
 WHERE e.oid >= 16384]],

  create = function(o)
    return ("CREATE EXTENSION %s WITH SCHEMA %s"):format(o.name, o.schema)
  end,

  can_alter = function(new, old) return new.schema == old.schema or old._relocatable end,
  alter = {
    schema = function(new) return ("ALTER EXTENSION %s SET SCHEMA %s"):format(new.name, new.schema) end,
  },
}
