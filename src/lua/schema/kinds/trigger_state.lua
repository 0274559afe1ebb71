-- Whether a trigger of a partition is enabled, if that differs from the trigger of the partitioned table.
local states = { O = "ENABLE", D = "DISABLE", R = "ENABLE REPLICA", A = "ENABLE ALWAYS" }

local function set(o, state) return ("ALTER TABLE ONLY %s %s TRIGGER %s"):format(o.relation, states[state], o.trigger) end

return {
  kind  = "TRIGGER STATE",
  rank  = 87,
  found_in = "pg_trigger",
  query = [[
SELECT @address(pg_trigger, g.oid, 0) AS _address, format('%I on %I.%I', g.tgname, n.nspname, c.relname) AS name,
       @address(pg_class, c.oid, 0) AS _table, format('%I.%I', n.nspname, c.relname) AS relation,
       quote_ident(g.tgname) AS trigger, g.tgenabled::text AS state, p.tgenabled::text AS _parent_state
  FROM pg_trigger g JOIN pg_trigger p ON p.oid = g.tgparentid JOIN pg_class c ON c.oid = g.tgrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE g.tgparentid <> 0 AND g.tgenabled <> p.tgenabled AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.oid = g.tgconstraint AND k.contype <> 't')
   AND @ours(n) AND @own(pg_class, c.oid)]],

  -- PostgreSQL creates the trigger when the table is attached as a partition.
  finish = function(snapshot)
    for _, o in ipairs(snapshot.of_kind "TRIGGER STATE") do
      local partition = o.table and o.table.partition
      if partition then o.needs[partition] = "owned" end
    end
  end,

  create = function(o) return set(o, o.state) end,
  drop = function(o) return set(o, o._parent_state) end,
  alter = { state = function(new) return set(new, new.state) end },
}
