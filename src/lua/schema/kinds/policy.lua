local commands = { r = "SELECT", a = "INSERT", w = "UPDATE", d = "DELETE", ["*"] = "ALL" }

local function clauses(o)
  local list = { "TO " .. table.concat(o.roles, ", ") }
  if o.using then list[#list + 1] = ("USING (%s)"):format(o.using) end
  if o.check then list[#list + 1] = ("WITH CHECK (%s)"):format(o.check) end
  return table.concat(list, " ")
end

-- One statement alters all three fields. It cannot remove a clause.
local function alter(new) return ("ALTER POLICY %s ON %s %s"):format(new.policy, new.relation, clauses(new)) end

return {
  kind  = "POLICY",
  rank  = 86,
  found_in = "pg_policy",
  expressions = { "using", "check" },
  query = [[
SELECT @address(pg_policy, p.oid, 0) AS _address, format('%I on %I.%I', p.polname, n.nspname, c.relname) AS name,
       @address(pg_class, c.oid, 0) AS _table, format('%I.%I', n.nspname, c.relname) AS relation,
       quote_ident(p.polname) AS policy, CASE WHEN NOT p.polpermissive THEN true END AS restrictive, p.polcmd::text AS command,
       ARRAY(SELECT CASE r WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END FROM unnest(p.polroles) r ORDER BY 1)
         AS roles,
       pg_get_expr(p.polqual, p.polrelid) AS using, pg_get_expr(p.polwithcheck, p.polrelid) AS check
  FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE @ours(n) AND @own(pg_class, c.oid)]],

  phrase = function(o) return ("POLICY %s ON %s"):format(o.policy, o.relation) end,
  create = function(o)
    return ("CREATE POLICY %s ON %s AS %s FOR %s %s"):format(o.policy, o.relation,
      o.restrictive and "RESTRICTIVE" or "PERMISSIVE", commands[o.command], clauses(o))
  end,
  can_alter = function(new, old) return (new.using or not old.using) and (new.check or not old.check) end,
  alter = {
    roles = alter,
    using = function(new, old) return table.concat(new.roles) == table.concat(old.roles) and alter(new) or {} end,
    check = function(new, old)
      return table.concat(new.roles) == table.concat(old.roles) and new.using == old.using and alter(new) or {}
    end,
  },
}
