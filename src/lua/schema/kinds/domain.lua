local core = ...
local text = core.require "schema.sql.text"

local function set_default(o)
  return ("ALTER DOMAIN %s %s"):format(o.name, o.default and "SET DEFAULT " .. o.default or "DROP DEFAULT")
end

return {
  kind  = "DOMAIN",
  rank  = 31,
  found_in = "pg_type d",
  acl   = "T",
  query = [[
SELECT @address(pg_type, t.oid, 0) AS _address, format('%I.%I', n.nspname, t.typname) AS name,
       quote_ident(pg_get_userbyid(t.typowner)) AS owner, format_type(t.typbasetype, t.typtypmod) AS type,
       (SELECT format('%I.%I', kn.nspname, k.collname) FROM pg_collation k JOIN pg_namespace kn ON kn.oid = k.collnamespace
          JOIN pg_type b ON b.oid = t.typbasetype
         WHERE k.oid = t.typcollation AND t.typcollation <> b.typcollation) AS collation,
       nullif(t.typnotnull, false) AS not_null, quote_ident(w.conname) AS _constraint,
       CASE WHEN w.conname <> t.typname || '_not_null' THEN quote_ident(w.conname) END AS not_null_name,
       CASE WHEN NOT @chosen(w, t.typname || '_not_null') THEN quote_ident(w.conname) END AS _constraint_given,
       -- The default of a base type is a string.
       coalesce(pg_get_expr(t.typdefaultbin, 'pg_type'::regclass),
                quote_literal(t.typdefault) || '::' || format_type(t.typbasetype, t.typtypmod)) AS default,
       (SELECT b.typdefault IS NOT NULL FROM pg_type b WHERE b.oid = t.typbasetype) AS _base_has_default
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
  -- Since PostgreSQL 17.
  LEFT JOIN pg_constraint w ON w.contype = 'n' AND w.contypid = t.oid
 WHERE t.typtype = 'd' AND @ours(n) AND @own(pg_type, t.oid)]],

  names = function(o) return { "type " .. o.name } end,
  -- ALTER DOMAIN refuses NOT NULL if values of the domain are parts of other values.
  can_alter = function(new, old) return not old._nested or not new.not_null or old.not_null end,
  aside = function(o) return text.set_aside("DOMAIN", o.name) end,
  create = function(o)
    local list = { ("CREATE DOMAIN %s AS %s%s%s%s%s"):format(o.name, o.type, o.collation and " COLLATE " .. o.collation or "",
      o.default and " DEFAULT " .. o.default or "", o._constraint_given and " CONSTRAINT " .. o._constraint_given or "",
      o.not_null and " NOT NULL" or "") }
    if o._base_has_default and not o.default then list[2] = set_default(o) end
    return list
  end,
  does = {
    alter = {
      not_null = function(new) return new.not_null and "AlterDomain.SetNotNull", "the tables that use " .. new.name end,
    },
  },
  alter = {
    not_null = function(new)
      if not new._constraint_given then return ("ALTER DOMAIN %s %s NOT NULL"):format(new.name, new.not_null and "SET" or "DROP") end
      return ("ALTER DOMAIN %s ADD CONSTRAINT %s NOT NULL"):format(new.name, new._constraint_given)
    end,
    not_null_name = function(new, old)
      if not (new.not_null and old.not_null) then return {} end
      return ("ALTER DOMAIN %s RENAME CONSTRAINT %s TO %s"):format(new.name, old._constraint, new._constraint)
    end,
    default = set_default,
  },
}
