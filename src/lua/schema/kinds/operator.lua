local function nothing() return {} end

local function set(o, field, word) return ("ALTER OPERATOR %s SET (%s = %s)"):format(o.name, word, o[field] or "NONE") end

-- A partner (COMMUTATOR, NEGATOR) may be made later: until then PostgreSQL has a shell for it, which stays when the
-- operator is dropped. `_shells`: those that no other operator names.
-- Does a field change when the other operator that it names is created or dropped?  No other statement changes it.
local function changes_with_partner(field, new, old)
  local before, after = old._partners[field], new._partners[field]
  return new[field] == old[field] or after ~= nil and not old.snapshot.objects[after.id]
    or new[field] == nil and before ~= nil and not new.snapshot.objects[before.id]
end

return {
  kind  = "OPERATOR",
  rank  = 71,
  found_in = "pg_operator",
  query = [[
SELECT @address(pg_operator, o.oid, 0) AS _address,
       format('%I.%s (%s, %s)', n.nspname, o.oprname, CASE o.oprleft WHEN 0 THEN 'NONE' ELSE format_type(o.oprleft, NULL) END,
         CASE o.oprright WHEN 0 THEN 'NONE' ELSE format_type(o.oprright, NULL) END) AS name,
       o.oid::regoperator::text AS _signature,
       ARRAY(SELECT p.oid::regoperator::text FROM pg_operator p
              WHERE p.oid IN (o.oprcom, o.oprnegate) AND p.oprcode = 0
                AND NOT EXISTS (SELECT FROM pg_operator x WHERE x.oid <> o.oid AND p.oid IN (x.oprcom, x.oprnegate))) AS _shells,
       @address(pg_operator, o.oprnegate, 0) AS _negator, @address(pg_operator, o.oprcom, 0) AS _commutator,
       format('%I.%s', n.nspname, o.oprname) AS _operator, o.oprname AS _bare, quote_ident(pg_get_userbyid(o.oprowner)) AS owner,
       o.oprcode::regproc::text AS function,
       CASE WHEN o.oprleft <> 0 THEN format_type(o.oprleft, NULL) END AS _left,
       CASE WHEN o.oprright <> 0 THEN format_type(o.oprright, NULL) END AS _right,
       (SELECT format('OPERATOR(%I.%s)', pn.nspname, p.oprname) FROM pg_operator p JOIN pg_namespace pn ON pn.oid = p.oprnamespace
         WHERE p.oid = o.oprcom) AS commutator,
       (SELECT format('OPERATOR(%I.%s)', pn.nspname, p.oprname) FROM pg_operator p JOIN pg_namespace pn ON pn.oid = p.oprnamespace
         WHERE p.oid = o.oprnegate) AS negator,
       CASE WHEN o.oprrest <> 0 THEN o.oprrest::regproc::text END AS restrict,
       CASE WHEN o.oprjoin <> 0 THEN o.oprjoin::regproc::text END AS join,
       nullif(o.oprcanhash, false) AS hashes, nullif(o.oprcanmerge, false) AS merges
  FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
 WHERE o.oprcode <> 0 AND @ours(n) AND @own(pg_operator, o.oid)]],

  names = function(o)
    local list = { "operator " .. o._signature }
    for i, shell in ipairs(o._shells) do list[i + 1] = "operator " .. shell end
    return list
  end,
  drop = function(o)
    local list = { "DROP OPERATOR " .. o.name }
    for i, shell in ipairs(o._shells) do list[i + 1] = "DROP OPERATOR " .. shell end
    return list
  end,
  create = function(o)
    local list = { "FUNCTION = " .. o["function"] }
    local function add(word, value) if value then list[#list + 1] = ("%s = %s"):format(word, value) end end
    add("LEFTARG", o._left)
    add("RIGHTARG", o._right)
    add("COMMUTATOR", o.commutator)
    add("NEGATOR", o.negator)
    add("RESTRICT", o.restrict)
    add("JOIN", o.join)
    if o.hashes then list[#list + 1] = "HASHES" end
    if o.merges then list[#list + 1] = "MERGES" end
    return ("CREATE OPERATOR %s (%s)"):format(o._operator, table.concat(list, ", "))
  end,

  -- Notes the operators that the fields name, if they are more than names.
  finish = function(snapshot)
    for _, o in ipairs(snapshot.of_kind "OPERATOR") do
      o.snapshot = snapshot
      local commutator = snapshot.by_address[o._commutator]
      o._partners = { negator = snapshot.by_address[o._negator], commutator = commutator ~= o and commutator or nil }
    end
  end,
  can_alter = function(new, old)
    return changes_with_partner("negator", new, old) and changes_with_partner("commutator", new, old)
  end,
  alter = {
    restrict = function(new) return set(new, "restrict", "RESTRICT") end,
    join = function(new) return set(new, "join", "JOIN") end,
    -- These fields change with the partner.
    commutator = nothing,
    negator = nothing,
  },
}
