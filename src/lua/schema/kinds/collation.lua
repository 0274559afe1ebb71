local text = (...).require "schema.sql.text"

local function definition(o)
  local list = { "provider = " .. o.provider }
  for _, field in ipairs { "locale", "lc_collate", "lc_ctype", "rules" } do
    if o[field] then list[#list + 1] = ("%s = %s"):format(field, text.quote(o[field])) end
  end
  if o.nondeterministic then list[#list + 1] = "deterministic = false" end
  return table.concat(list, ", ")
end

-- The version comes from the library of the machine, so it does not count.
return {
  kind  = "COLLATION",
  rank  = 24,
  found_in = "pg_collation",
  query = [[
SELECT @address(pg_collation, k.oid, 0) AS _address, format('%I.%I', n.nspname, k.collname) AS name,
       quote_ident(pg_get_userbyid(k.collowner)) AS owner,
       CASE k.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END AS provider,
       CASE WHEN k.collprovider <> 'c' THEN coalesce(j ->> 'colllocale', j ->> 'colliculocale', j ->> 'collcollate') END AS locale,
       CASE WHEN k.collprovider = 'c' THEN j ->> 'collcollate' END AS lc_collate,
       CASE WHEN k.collprovider = 'c' THEN j ->> 'collctype' END AS lc_ctype,
       j ->> 'collicurules' AS rules, CASE WHEN NOT k.collisdeterministic THEN true END AS nondeterministic
  FROM pg_collation k JOIN pg_namespace n ON n.oid = k.collnamespace, LATERAL to_jsonb(k) j
 WHERE k.oid >= 16384 AND @ours(n) AND @own(pg_collation, k.oid)]],

  create = function(o) return ("CREATE COLLATION %s (%s)"):format(o.name, definition(o)) end,
}
