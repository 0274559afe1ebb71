-- catalog.lua: what a database consists of, in a form that two of them can be compared by.
--
-- One line an object: what it is, and how it is defined.  What a rollback cannot bring back is left
-- out: oids, the order of columns, statistics, what stands in sequences.  The runner's own schema is
-- left out too, and what belongs to an extension.

local catalog = {}

local sql = [[
WITH ours AS (
    SELECT oid, nspname FROM pg_namespace
     WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', $1)
), of_extensions AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), relations AS (
    SELECT c.*, format('%I.%I', nspname, relname) AS named,
           CASE relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
                        WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' WHEN 'i' THEN 'index'
                        WHEN 'I' THEN 'partitioned index' WHEN 'f' THEN 'foreign table' WHEN 'c' THEN 'type'
                        ELSE 'relation' END AS kind
      FROM pg_class c JOIN ours ON ours.oid = relnamespace
     WHERE (SELECT count(*) FROM of_extensions WHERE classid = 'pg_class'::regclass AND objid = c.oid) = 0
), granted AS (
    SELECT 'grant on ' || kind || ' ' || named AS object, coalesce(relacl, acldefault(
               CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner)) AS acl
      FROM relations WHERE relkind NOT IN ('i', 'I', 'c')
    UNION ALL
    SELECT format('grant on column %s.%I', named, attname), attacl
      FROM pg_attribute JOIN relations ON attrelid = relations.oid WHERE attacl IS NOT NULL
    UNION ALL
    SELECT 'grant on schema ' || quote_ident(n.nspname), coalesce(nspacl, acldefault('n', nspowner))
      FROM pg_namespace n JOIN ours USING (oid)
    UNION ALL
    SELECT 'grant on function ' || p.oid::regprocedure, coalesce(proacl, acldefault('f', proowner))
      FROM pg_proc p JOIN ours ON ours.oid = pronamespace
     WHERE NOT EXISTS (SELECT FROM of_extensions WHERE classid = 'pg_proc'::regclass AND objid = p.oid)
)
SELECT 'schema ' || quote_ident(n.nspname) AS object, 'owner ' || pg_get_userbyid(nspowner) AS definition
  FROM pg_namespace n JOIN ours USING (oid)
UNION ALL
SELECT kind || ' ' || named,
       concat_ws(', ', 'owner ' || pg_get_userbyid(relowner), 'persistence ' || relpersistence::text,
                 CASE WHEN relrowsecurity THEN 'row security' END,
                 CASE WHEN relforcerowsecurity THEN 'forced row security' END,
                 'options ' || array_to_string(reloptions, ' '), 'replica identity ' || relreplident::text,
                 pg_get_expr(relpartbound, oid),
                 CASE relkind WHEN 'p' THEN pg_get_partkeydef(oid) END,
                 CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(oid) END,
                 (SELECT 'inherits ' || string_agg(inhparent::regclass::text, ' ' ORDER BY inhseqno)
                    FROM pg_inherits WHERE inhrelid = relations.oid),
                 (SELECT concat_ws(' ', 'sequence of', format_type(seqtypid, NULL), seqstart, seqincrement,
                                   seqmin, seqmax, seqcache, seqcycle)
                    FROM pg_sequence WHERE seqrelid = relations.oid))
  FROM relations WHERE relkind NOT IN ('i', 'I')
UNION ALL
SELECT format('column %s.%I', named, attname),
       concat_ws(', ', format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'not null' END,
                 CASE WHEN attidentity <> '' THEN 'identity ' || attidentity::text END,
                 CASE WHEN attgenerated <> '' THEN 'generated' END,
                 'default ' || pg_get_expr(adbin, adrelid),
                 (SELECT 'collation ' || collname FROM pg_collation k
                   WHERE k.oid = attcollation AND collname <> 'default'))
  FROM pg_attribute
  JOIN relations ON attrelid = relations.oid
  LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
 WHERE attnum > 0 AND NOT attisdropped AND relkind NOT IN ('i', 'I', 'S')
UNION ALL
SELECT format('constraint %I on %s', conname, coalesce(named, contypid::regtype::text)), pg_get_constraintdef(k.oid)
  FROM pg_constraint k JOIN ours ON ours.oid = connamespace LEFT JOIN relations ON conrelid = relations.oid
UNION ALL
SELECT 'index ' || named,
       concat_ws(', ', pg_get_indexdef(indexrelid), CASE WHEN NOT indisvalid THEN 'invalid' END,
                 CASE WHEN indisclustered THEN 'clustered' END, CASE WHEN indisreplident THEN 'replica identity' END)
  FROM pg_index JOIN relations ON indexrelid = relations.oid
UNION ALL
SELECT CASE prokind WHEN 'p' THEN 'procedure ' WHEN 'a' THEN 'aggregate ' ELSE 'function ' END || p.oid::regprocedure,
       concat_ws(', ', 'owner ' || pg_get_userbyid(proowner),
                 CASE prokind WHEN 'a' THEN (SELECT a::text FROM pg_aggregate a WHERE aggfnoid = p.oid)
                              ELSE pg_get_functiondef(p.oid) END)
  FROM pg_proc p JOIN ours ON ours.oid = pronamespace
 WHERE NOT EXISTS (SELECT FROM of_extensions WHERE classid = 'pg_proc'::regclass AND objid = p.oid)
UNION ALL
SELECT 'type ' || format_type(y.oid, NULL),
       concat_ws(', ', 'owner ' || pg_get_userbyid(typowner),
                 (SELECT 'enum ' || string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder)
                    FROM pg_enum WHERE enumtypid = y.oid),
                 (SELECT 'range of ' || format_type(rngsubtype, NULL) FROM pg_range WHERE rngtypid = y.oid),
                 CASE typtype WHEN 'd' THEN format_type(typbasetype, typtypmod) END,
                 CASE WHEN typnotnull THEN 'not null' END, 'default ' || typdefault)
  FROM pg_type y JOIN ours ON ours.oid = typnamespace
 WHERE typtype IN ('e', 'd', 'r')
   AND NOT EXISTS (SELECT FROM of_extensions WHERE classid = 'pg_type'::regclass AND objid = y.oid)
UNION ALL
SELECT format('policy %I on %s', polname, named),
       concat_ws(', ', CASE WHEN polpermissive THEN 'permissive' ELSE 'restrictive' END, 'command ' || polcmd::text,
                 (SELECT 'to ' || string_agg(CASE r WHEN 0 THEN 'public' ELSE pg_get_userbyid(r) END, ' ' ORDER BY r)
                    FROM unnest(polroles) r),
                 'using ' || pg_get_expr(polqual, polrelid), 'check ' || pg_get_expr(polwithcheck, polrelid))
  FROM pg_policy JOIN relations ON polrelid = relations.oid
UNION ALL
SELECT format('trigger %I on %s', tgname, named), concat_ws(', ', pg_get_triggerdef(g.oid), 'enabled ' || tgenabled::text)
  FROM pg_trigger g JOIN relations ON tgrelid = relations.oid WHERE NOT tgisinternal
UNION ALL
SELECT format('event trigger %I', evtname), concat_ws(', ', evtevent, evtfoid::regproc, evtenabled, evttags)
  FROM pg_event_trigger
UNION ALL
SELECT format('rule %I on %s', rulename, named), pg_get_ruledef(w.oid)
  FROM pg_rewrite w JOIN relations ON ev_class = relations.oid WHERE rulename <> '_RETURN'
UNION ALL
SELECT 'statistics ' || quote_ident(stxname), pg_get_statisticsobjdef(x.oid)
  FROM pg_statistic_ext x JOIN ours ON ours.oid = stxnamespace
UNION ALL
SELECT 'extension ' || quote_ident(extname), extversion FROM pg_extension
UNION ALL
SELECT 'comment on ' || pg_describe_object(classoid, d.objoid, objsubid), description
  FROM pg_description d
 CROSS JOIN pg_identify_object(classoid, d.objoid, objsubid) i
  LEFT JOIN of_extensions e ON e.classid = classoid AND e.objid = d.objoid
 WHERE d.objoid >= 16384 AND e.objid IS NULL AND i.schema IS DISTINCT FROM $1
   AND (i.type <> 'schema' OR i.name <> quote_ident($1))
UNION ALL
SELECT 'default privileges of ' || pg_get_userbyid(defaclrole) || coalesce(' in ' || defaclnamespace::regnamespace, '')
       || ', kind ' || defaclobjtype::text, array_to_string(ARRAY(SELECT unnest(defaclacl)::text ORDER BY 1), ' ')
  FROM pg_default_acl
UNION ALL
SELECT object || ' to ' || CASE grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(grantee) END,
       string_agg(privilege_type || CASE WHEN is_grantable THEN ' with grant option' ELSE '' END, ', '
                  ORDER BY privilege_type)
  FROM granted, aclexplode(acl)
 GROUP BY object, grantee
]]

-- db -> definitions by object.  With this search_path a name in the query means PostgreSQL's own
-- object, whatever else there is, and definitions come with their schemas.
function catalog.read(db, ctx)
  local found = {}
  db:transaction(function()
    db:set("search_path", "pg_catalog, pg_temp")
    for _, row in ipairs(db:query(sql, ctx.config.history_schema or "moonbird")) do
      found[row.object] = row.definition or ""
    end
  end)
  return found
end

local function one_line(text)
  text = text:gsub("%s+", " ")
  return #text > 160 and text:sub(1, 160) .. "…" or text
end

local most = 12

-- Lines: what is gone, what is new, what is another.
function catalog.differences(before, now)
  local list, names = {}, {}
  for object in pairs(before) do names[#names + 1] = object end
  for object in pairs(now) do
    if not before[object] then names[#names + 1] = object end
  end
  table.sort(names)
  for _, object in ipairs(names) do
    local was, is = before[object], now[object]
    if was ~= is then
      local how = is == nil and "is gone" or was == nil and "is new" or
        ("was %s, is %s"):format(one_line(was), one_line(is))
      if #list < most then list[#list + 1] = object .. ": " .. how end
    end
  end
  return list
end

return catalog
