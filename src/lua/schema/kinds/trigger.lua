local states = { D = "DISABLE", R = "ENABLE REPLICA", A = "ENABLE ALWAYS" }

return {
  kind  = "TRIGGER",
  rank  = 85,
  found_in = "pg_trigger",
  certain = "definition",
  expressions = { "definition" },
  query = [[
SELECT @address(pg_trigger, g.oid, 0) AS _address, format('%I on %I.%I', g.tgname, n.nspname, c.relname) AS name,
       @address(pg_class, c.oid, 0) AS _table, format('%I.%I', n.nspname, c.relname) AS relation,
       quote_ident(g.tgname) AS trigger, pg_get_triggerdef(g.oid) AS definition, nullif(g.tgenabled::text, 'O') AS enabled
  FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE NOT g.tgisinternal AND g.tgparentid = 0 AND c.relpersistence <> 't' AND @ours(n) AND @own(pg_class, c.oid)]],

  phrase = function(o) return ("TRIGGER %s ON %s"):format(o.trigger, o.relation) end,
  create = function(o) return o.definition end,
  later = { "enabled" },
  alter = {
    enabled = function(new)
      return ("ALTER TABLE %s %s TRIGGER %s"):format(new.relation, states[new.enabled] or "ENABLE", new.trigger)
    end,
  },
}
