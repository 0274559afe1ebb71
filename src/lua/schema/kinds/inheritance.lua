-- The fact that a table inherits from a parent that is not partitioned.
return {
  kind  = "INHERITANCE",
  rank  = 63,
  found_in = "pg_inherits",
  query = [[
SELECT @address(pg_inherits, c.oid, i.inhseqno) AS _address,
       format('%I.%I from %I.%I', n.nspname, c.relname, pn.nspname, p.relname) AS name,
       @address(pg_class, c.oid, 0) AS _child, @address(pg_class, p.oid, 0) AS _parent,
       format('%I.%I', n.nspname, c.relname) AS relation, format('%I.%I', pn.nspname, p.relname) AS parent,
       i.inhseqno AS _position
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
 WHERE NOT c.relispartition AND c.relkind IN ('r', 'f') AND @ours(n) AND @own(pg_class, c.oid)
 ORDER BY i.inhseqno]],

  at_creation = true,

  finish = function(snapshot)
    for _, o in ipairs(snapshot.of_kind "INHERITANCE") do
      snapshot.link(o, snapshot.by_address[o._child], snapshot.by_address[o._parent])
    end
  end,

  joined = function(o) return o.child end,
  -- A parent cannot be dropped while it has this child.
  goes_with = function(o, drops) return drops[o.child] and o.child end,
  create = function(o) return ("ALTER TABLE %s INHERIT %s"):format(o.relation, o.parent) end,
  drop = function(o) return ("ALTER TABLE %s NO INHERIT %s"):format(o.relation, o.parent) end,
}
