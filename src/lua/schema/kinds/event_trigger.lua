local states = { D = "DISABLE", R = "ENABLE REPLICA", A = "ENABLE ALWAYS" }

-- An event trigger is created last, so that the other statements of the migration do not fire it.
return {
  kind  = "EVENT TRIGGER",
  rank  = 991,
  found_in = "pg_event_trigger",
  superuser = true,
  query = [[
SELECT @address(pg_event_trigger, e.oid, 0) AS _address, quote_ident(e.evtname) AS name,
       quote_ident(pg_get_userbyid(e.evtowner)) AS owner, e.evtevent AS event, e.evtfoid::regproc::text AS function,
       (SELECT string_agg(quote_literal(t), ', ' ORDER BY t) FROM unnest(e.evttags) t) AS tags,
       (SELECT string_agg(quote_literal(t), ', ' ORDER BY i) FROM unnest(e.evttags) WITH ORDINALITY u(t, i)) AS _tags,
       nullif(e.evtenabled::text, 'O') AS enabled
  FROM pg_event_trigger e WHERE @own(pg_event_trigger, e.oid)]],

  create = function(o)
    return ("CREATE EVENT TRIGGER %s ON %s%s EXECUTE FUNCTION %s()"):format(o.name, o.event,
      o._tags and ("\n WHEN TAG IN (%s)\n"):format(o._tags) or "", o["function"])
  end,
  later = { "enabled" },
  alter = {
    enabled = function(new) return ("ALTER EVENT TRIGGER %s %s"):format(new.name, states[new.enabled] or "ENABLE") end,
  },
}
