-- What a table or view that is a member of an extension has: columns, constraints, triggers, policies, rules. An extension does not
-- tell which of them it made itself, so moonbird only compares them between two schemas with the same version of the extension
-- (sql/members.lua).
local KIND <const> = "PART OF EXTENSION"

local query = [[
SELECT format('%I: %s', e.extname, pg_describe_object(x.classid, x.objid, x.column)) AS name, quote_ident(e.extname) AS extension,
       format('relation %I.%I', n.nspname, c.relname) AS member, x.definition
  FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid JOIN pg_class c ON c.oid = d.objid
  JOIN pg_namespace n ON n.oid = c.relnamespace,
       LATERAL (
         SELECT 'pg_class'::regclass::oid, c.oid, 0,
                concat_ws(', ', CASE WHEN c.relrowsecurity THEN 'ROW LEVEL SECURITY' END, CASE WHEN c.relforcerowsecurity THEN 'FORCE' END)
         UNION ALL
         SELECT 'pg_class'::regclass::oid, c.oid, a.attnum::int,
                concat_ws(' ', format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'NOT NULL' END,
                  (SELECT 'DEFAULT ' || pg_get_expr(f.adbin, f.adrelid) FROM pg_attrdef f
                    WHERE f.adrelid = a.attrelid AND f.adnum = a.attnum))
           FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         UNION ALL
         SELECT 'pg_constraint'::regclass::oid, k.oid, 0, pg_get_constraintdef(k.oid) FROM pg_constraint k WHERE k.conrelid = c.oid
         UNION ALL
         SELECT 'pg_trigger'::regclass::oid, g.oid, 0, concat_ws(' ', pg_get_triggerdef(g.oid), nullif(g.tgenabled::text, 'O'))
           FROM pg_trigger g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal
         UNION ALL
         SELECT 'pg_rewrite'::regclass::oid, w.oid, 0, concat_ws(' ', pg_get_ruledef(w.oid), nullif(w.ev_enabled::text, 'O'))
           FROM pg_rewrite w WHERE w.ev_class = c.oid
         UNION ALL
         SELECT 'pg_policy'::regclass::oid, p.oid, 0,
                concat_ws(' ', CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END, p.polcmd,
                  (SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END, ', ' ORDER BY r)
                     FROM unnest(p.polroles) r),
                  'USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', 'WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')
           FROM pg_policy p WHERE p.polrelid = c.oid) x (classid, objid, "column", definition)
 WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.oid >= 16384]]

local kind = { kind = KIND, rank = 95, report_only = true }

function kind.complete(db, found)
  for _, row in ipairs(#found.of_kind "EXTENSION" > 0 and db:query(query) or {}) do
    local id = KIND .. " " .. row.name
    found.reported[id] = { kind = kind, id = id, name = row.name, needs = {}, definition = row.definition,
                           _extension = "EXTENSION " .. row.extension, _member = row.member }
  end
end

return kind
