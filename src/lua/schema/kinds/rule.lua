local states = { D = "DISABLE", R = "ENABLE REPLICA", A = "ENABLE ALWAYS" }

return {
  kind  = "RULE",
  rank  = 84,
  found_in = "pg_rewrite",
  certain = "definition",
  expressions = { "definition" },
  query = [[
SELECT @address(pg_rewrite, w.oid, 0) AS _address, format('%I on %I.%I', w.rulename, n.nspname, c.relname) AS name,
       @address(pg_class, c.oid, 0) AS _table, format('%I.%I', n.nspname, c.relname) AS relation,
       quote_ident(w.rulename) AS rule, regexp_replace(pg_get_ruledef(w.oid), ';$', '') AS definition,
       nullif(w.ev_enabled::text, 'O') AS enabled
  FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE w.rulename <> '_RETURN' AND c.relpersistence <> 't' AND @ours(n) AND @own(pg_class, c.oid)]],

  phrase = function(o) return ("RULE %s ON %s"):format(o.rule, o.relation) end,
  create = function(o) return o.definition end,
  later = { "enabled" },
  alter = {
    enabled = function(new)
      return ("ALTER TABLE %s %s RULE %s"):format(new.relation, states[new.enabled] or "ENABLE", new.rule)
    end,
  },
}
