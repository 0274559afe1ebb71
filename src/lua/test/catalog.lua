-- catalog.lua: the objects of a database, in a form in which two databases can be compared.
--
-- There is one line for each object, with its kind and its definition.  Facts that a rollback cannot restore are
-- left out: OIDs, the order of columns, statistics of ANALYZE, the values of sequences.  moonbird's own schema and
-- the objects of extensions are left out, too.

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
                 (SELECT 'access method ' || amname FROM pg_am WHERE pg_am.oid = relam AND amname <> 'heap'),
                 (SELECT 'tablespace ' || spcname FROM pg_tablespace t WHERE t.oid = reltablespace),
                 CASE WHEN NOT relispopulated THEN 'not populated' END,
                 pg_get_expr(relpartbound, oid),
                 CASE relkind WHEN 'p' THEN pg_get_partkeydef(oid) END,
                 CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(oid) END,
                 (SELECT 'inherits ' || string_agg(inhparent::regclass::text, ' ' ORDER BY inhseqno)
                    FROM pg_inherits WHERE inhrelid = relations.oid),
                 (SELECT concat_ws(' ', 'sequence of', format_type(seqtypid, NULL), seqstart, seqincrement,
                                   seqmin, seqmax, seqcache, seqcycle)
                    FROM pg_sequence WHERE seqrelid = relations.oid),
                 (SELECT 'owned by ' || pg_describe_object(refclassid, refobjid, refobjsubid) FROM pg_depend
                   WHERE classid = 'pg_class'::regclass AND objid = relations.oid AND relkind = 'S'
                     AND refclassid = 'pg_class'::regclass AND deptype IN ('a', 'i')),
                 (SELECT concat_ws(' ', 'server', srvname, array_to_string(ftoptions, ' '))
                    FROM pg_foreign_table JOIN pg_foreign_server v ON v.oid = ftserver
                   WHERE ftrelid = relations.oid))
  FROM relations WHERE relkind NOT IN ('i', 'I')
UNION ALL
SELECT format('column %s.%I', named, attname),
       concat_ws(', ', format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'not null' END,
                 CASE WHEN attidentity <> '' THEN 'identity ' || attidentity::text END,
                 CASE attgenerated WHEN 's' THEN 'generated' WHEN 'v' THEN 'generated virtually' END,
                 'default ' || pg_get_expr(adbin, adrelid),
                 (SELECT 'collation ' || collname FROM pg_collation k
                   WHERE k.oid = attcollation AND collname <> 'default'),
                 CASE WHEN attstattarget >= 0 THEN 'statistics ' || attstattarget END,
                 (SELECT 'storage ' || attstorage::text FROM pg_type y
                   WHERE y.oid = atttypid AND typstorage <> attstorage),
                 'compression ' || nullif(to_jsonb(pg_attribute) ->> 'attcompression', ''), -- since 14
                 'options ' || array_to_string(attoptions || attfdwoptions, ' '))
  FROM pg_attribute
  JOIN relations ON attrelid = relations.oid
  LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
 WHERE attnum > 0 AND NOT attisdropped AND relkind NOT IN ('i', 'I', 'S')
UNION ALL
SELECT format('constraint %I on %s', conname, coalesce(named, contypid::regtype::text)),
       concat_ws(', ', pg_get_constraintdef(k.oid),
                 (SELECT 'triggers ' || string_agg(DISTINCT tgenabled::text, ' ') FROM pg_trigger
                   WHERE tgconstraint = k.oid AND tgenabled <> 'O'))
  FROM pg_constraint k JOIN ours ON ours.oid = connamespace LEFT JOIN relations ON conrelid = relations.oid
 WHERE contype <> 'n' OR connoinherit OR NOT convalidated -- of the others only the name is not in the column
UNION ALL
SELECT 'index ' || named,
       concat_ws(', ', pg_get_indexdef(indexrelid), CASE WHEN NOT indisvalid THEN 'invalid' END,
                 CASE WHEN indisclustered THEN 'clustered' END, CASE WHEN indisreplident THEN 'replica identity' END,
                 (SELECT 'tablespace ' || spcname FROM pg_tablespace t WHERE t.oid = reltablespace))
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
SELECT format('event trigger %I', evtname),
       concat_ws(', ', 'owner ' || pg_get_userbyid(evtowner), evtevent, evtfoid::regproc, evtenabled, evttags)
  FROM pg_event_trigger
UNION ALL
SELECT format('rule %I on %s', rulename, named), concat_ws(', ', pg_get_ruledef(w.oid), 'enabled ' || ev_enabled::text)
  FROM pg_rewrite w JOIN relations ON ev_class = relations.oid WHERE rulename <> '_RETURN'
UNION ALL
SELECT format('statistics %s.%I', stxnamespace::regnamespace, stxname),
       concat_ws(', ', 'owner ' || pg_get_userbyid(stxowner), pg_get_statisticsobjdef(x.oid),
                 CASE WHEN stxstattarget >= 0 THEN 'target ' || stxstattarget END)
  FROM pg_statistic_ext x JOIN ours ON ours.oid = stxnamespace
UNION ALL
SELECT 'extension ' || quote_ident(extname),
       concat_ws(', ', extversion, 'owner ' || pg_get_userbyid(extowner), 'schema ' || extnamespace::regnamespace)
  FROM pg_extension
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

-- The kinds of objects that few projects have.  A name comes from the server: its description is
-- unambiguous.  Options of a user mapping can be a password, so they are not read.
local rare = [[
WITH rare AS (
    SELECT 'pg_publication'::regclass AS kind, oid, pubowner AS owner,
           concat_ws(' ', CASE WHEN puballtables THEN 'all tables' END, CASE WHEN pubinsert THEN 'insert' END,
                     CASE WHEN pubupdate THEN 'update' END, CASE WHEN pubdelete THEN 'delete' END,
                     CASE WHEN pubtruncate THEN 'truncate' END, CASE WHEN pubviaroot THEN 'via root' END,
                     (SELECT string_agg(concat_ws(' ', 'of', to_jsonb(p) - 'pubname'), ' '
                             ORDER BY p.schemaname, p.tablename)
                        FROM pg_publication_tables p
                       WHERE p.pubname = pg_publication.pubname AND p.schemaname <> $1)) AS definition
      FROM pg_publication
    UNION ALL
    SELECT 'pg_operator'::regclass, oid, oprowner,
           concat_ws(' ', oprcode, oprrest, oprjoin, oprcanmerge, oprcanhash, oprcom::regoperator,
                     oprnegate::regoperator)
      FROM pg_operator
    UNION ALL
    SELECT 'pg_opfamily'::regclass, oid, opfowner,
           (SELECT string_agg(member, ', ' ORDER BY member)
              FROM (SELECT pg_describe_object('pg_amop'::regclass, m.oid, 0) FROM pg_amop m WHERE amopfamily = f.oid
                    UNION ALL
                    SELECT pg_describe_object('pg_amproc'::regclass, m.oid, 0) FROM pg_amproc m
                     WHERE amprocfamily = f.oid) of_family (member))
      FROM pg_opfamily f
    UNION ALL
    SELECT 'pg_opclass'::regclass, oid, opcowner, concat_ws(' ', opcdefault, opcintype::regtype) FROM pg_opclass
    UNION ALL
    SELECT 'pg_cast'::regclass, oid, NULL, concat_ws(' ', castcontext, castmethod, castfunc::regprocedure) FROM pg_cast
    UNION ALL
    SELECT 'pg_collation'::regclass, oid, collowner,
           (to_jsonb(c) - '{oid,collnamespace,collowner,collversion}'::text[])::text
      FROM pg_collation c
    UNION ALL
    SELECT 'pg_conversion'::regclass, oid, conowner, concat_ws(' ', conproc, condefault) FROM pg_conversion
    UNION ALL
    SELECT 'pg_ts_config'::regclass, oid, cfgowner,
           (SELECT string_agg(concat_ws(' ', maptokentype, mapdict::regdictionary), ', '
                   ORDER BY maptokentype, mapseqno)
              FROM pg_ts_config_map WHERE mapcfg = c.oid)
      FROM pg_ts_config c
    UNION ALL
    SELECT 'pg_ts_dict'::regclass, oid, dictowner, dictinitoption FROM pg_ts_dict
    UNION ALL
    SELECT 'pg_ts_parser'::regclass, oid, NULL, '' FROM pg_ts_parser
    UNION ALL
    SELECT 'pg_ts_template'::regclass, oid, NULL, '' FROM pg_ts_template
    UNION ALL
    SELECT 'pg_foreign_data_wrapper'::regclass, oid, fdwowner,
           concat_ws(' ', fdwhandler::regproc, fdwvalidator::regproc, array_to_string(fdwoptions, ' '))
      FROM pg_foreign_data_wrapper
    UNION ALL
    SELECT 'pg_foreign_server'::regclass, oid, srvowner,
           concat_ws(' ', srvtype, srvversion, array_to_string(srvoptions, ' '))
      FROM pg_foreign_server
    UNION ALL
    SELECT 'pg_user_mapping'::regclass, umid, NULL, '' FROM pg_user_mappings
    UNION ALL
    SELECT 'pg_am'::regclass, oid, NULL, amhandler::text FROM pg_am
    UNION ALL
    SELECT 'pg_language'::regclass, oid, lanowner, '' FROM pg_language
    UNION ALL
    SELECT 'pg_transform'::regclass, oid, NULL, '' FROM pg_transform
)
SELECT pg_describe_object(kind, oid, 0) AS object,
       concat_ws(', ', 'owner ' || pg_get_userbyid(owner), nullif(definition, '')) AS definition
  FROM rare
 WHERE oid >= 16384
   AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = kind AND objid = oid AND deptype = 'e')
]]

-- The server writes definitions by these settings, which the role, or a migration, can have set otherwise.  With this
-- search_path a name in the query means PostgreSQL's own object, whatever else there is, and definitions come with
-- their schemas.
local settings = {
  search_path = "pg_catalog, pg_temp", quote_all_identifiers = "off", standard_conforming_strings = "on",
  datestyle = "ISO, MDY", timezone = "UTC", intervalstyle = "postgres", bytea_output = "hex",
  extra_float_digits = "3", lc_monetary = "C",
}

-- db -> definitions by object.
function catalog.read(db, ctx)
  local found = {}
  db:transaction(function()
    for name, value in pairs(settings) do db:set(name, value) end
    for _, question in ipairs { sql, rare } do
      for _, row in ipairs(db:query(question, ctx.config.history_schema or "moonbird")) do
        found[row.object] = row.definition or ""
      end
    end
  end)
  return found
end

local function one_line(text)
  text = text:gsub("%s+", " ")
  return #text > 160 and text:sub(1, 160) .. "…" or text
end

local most = 12

-- One line for each object that was dropped, created or changed.
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
