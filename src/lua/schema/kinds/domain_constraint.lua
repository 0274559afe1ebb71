-- The domain, if its values are parts of other values: then no statement gives it a constraint, or validates one.
local function nested_domain(o)
  for needed in pairs(o.needs) do
    if needed._nested and needed.kind.kind == "DOMAIN" and needed.name == o.domain then return needed end
  end
end

return {
  kind  = "DOMAIN CONSTRAINT",
  rank  = 32,
  found_in = "pg_type d",
  certain = "definition",
  expressions = { "definition" },
  query = [[
SELECT @address(pg_constraint, k.oid, 0) AS _address, format('%I on domain %I.%I', k.conname, n.nspname, t.typname) AS name,
       format('%I.%I', n.nspname, t.typname) AS domain, quote_ident(k.conname) AS constraint,
       pg_get_constraintdef(k.oid) AS definition
  FROM pg_constraint k JOIN pg_type t ON t.oid = k.contypid JOIN pg_namespace n ON n.oid = t.typnamespace
 WHERE k.contype = 'c' AND @ours(n) AND @own(pg_type, t.oid)]],

  instead = nested_domain,
  takes_when_new = function(o, from)
    local domain = from.objects["DOMAIN " .. o.domain]
    return domain and domain._nested and domain
  end,

  phrase = function(o) return ("CONSTRAINT %s ON DOMAIN %s"):format(o.constraint, o.domain) end,
  create = function(o) return ("ALTER DOMAIN %s ADD CONSTRAINT %s %s"):format(o.domain, o.constraint, o.definition) end,
  drop = function(o) return ("ALTER DOMAIN %s DROP CONSTRAINT %s"):format(o.domain, o.constraint) end,
  does = {
    create = function(o)
      return o.definition:find " NOT VALID$" and "AlterDomain.AddConstraint.not_valid" or "AlterDomain.AddConstraint",
             "the tables that use " .. o.domain
    end,
    alter = { definition = function(new) return "AlterDomain.ValidateConstraint", "the tables that use " .. new.domain end },
  },
  can_alter = function(new, old)
    return not nested_domain(old) and (old.definition:gsub(" NOT VALID$", "")) == new.definition
  end,
  alter = {
    definition = function(new) return ("ALTER DOMAIN %s VALIDATE CONSTRAINT %s"):format(new.domain, new.constraint) end,
  },
}
