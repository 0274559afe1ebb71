local text = (...).require "schema.sql.text"

local words = { f = "FUNCTION", w = "FUNCTION", p = "PROCEDURE" }

-- PostgreSQL keeps the expressions of an index in the session's cache, with the bodies of functions in place of their calls. ATTACH
-- PARTITION compares them with those of the partition's index, which have the new body. So an index that the next
-- partition needs gets another name for a moment, which removes it from the cache.
local function forget_indexes(new, context)
  local list, seen = {}, {}
  for _, link in ipairs(context.to.of_kind "INDEX PARTITION") do
    local index = link.of
    if context.creates[link] and index and index.needs[new] and not (context.creates[index] or seen[index]) then
      seen[index] = true
      local schema, last = text.split(index.name)
      local aside = text.aside(last)
      list[#list + 1] = ("ALTER INDEX %s RENAME TO %s"):format(index.name, aside)
      list[#list + 1] = ("ALTER INDEX %s.%s RENAME TO %s"):format(schema, aside, last)
    end
  end
  return list
end

return {
  kind  = "FUNCTION",
  rank  = 70,
  found_in = "pg_proc f,pg_proc p,pg_proc w",
  certain = "definition",
  -- A body that is a string stays as it was written.
  expressions = function(o) return o._body and {} or { "definition" } end,
  superuser = function(o) return o._superuser end,
  acl   = "f",
  query = [[
SELECT @address(pg_proc, p.oid, 0) AS _address,
       format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) AS _called,
       format('%I.%I(%s)', n.nspname, p.proname, (SELECT string_agg(format_type(t, NULL), ', ' ORDER BY i)
         FROM unnest(p.proargtypes) WITH ORDINALITY a (t, i))) AS name,
       p.prokind::text AS _kind, quote_ident(pg_get_userbyid(p.proowner)) AS owner,
       regexp_replace(pg_get_functiondef(p.oid), '\s+$', '') AS definition,
       concat_ws(' / ', p.prokind, pg_get_function_result(p.oid), p.proretset, p.proargmodes::text, p.proargnames::text,
         p.proallargtypes::regtype[]::text,
         p.pronargdefaults) AS _shape, p.pronargdefaults AS _defaults,
       l.lanname = 'sql' OR l.lanname = 'plpgsql' AND (p.prosrc ~* '%\s*(row)?type|\mcursor\s*\(' OR EXISTS (
         SELECT FROM regexp_matches(regexp_replace(p.prosrc, '--[^\n]*|/\*.*?\*/', ' ', 'g'), '\mdeclare\M(.*?)\mbegin\M', 'gi') d (part),
                     regexp_matches(d.part[1], '(?:^|;)\s*\S+\s+(?:constant\s+)?(\w+\M|"[^"]+")(?!\s*\.)', 'gi') t (word)
          WHERE lower(t.word[1]) <> ALL ('{alias,bigint,boolean,character,constant,cursor,dec,decimal,double,float,int,integer,national,nchar,no,real,scroll,smallint}')
            AND lower(t.word[1]) NOT IN (SELECT b.typname FROM pg_type b WHERE b.typnamespace = 'pg_catalog'::regnamespace)))
         AS _unchecked,
       CASE WHEN @since(14, p.prosqlbody IS NULL | true) THEN p.prosrc END AS _body, p.proname AS _bare,
       NOT l.lanpltrusted OR p.proleakproof OR p.prosupport <> 0
         OR p.proconfig IS NOT NULL AND EXISTS (SELECT FROM unnest(p.proconfig) c JOIN pg_settings s ON s.name = split_part(c, '=', 1)
              WHERE s.context IN ('superuser', 'superuser-backend')) AS _superuser
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
 WHERE p.prokind <> 'a' AND @ours(n) AND @own(pg_proc, p.oid)
   -- PostgreSQL creates the constructor functions of a range with the range type.
   AND NOT EXISTS (SELECT FROM pg_depend y WHERE y.classid = 'pg_proc'::regclass AND y.objid = p.oid AND y.deptype = 'i')]],

  phrase = function(o) return ("%s %s"):format(words[o._kind], o.name) end,
  names = function(o) return { "function " .. o.name } end,
  mentions = function(o) return o._body end,
  -- A body that is a string can name other objects, but pg_depend does not record them. PL/pgSQL looks up the types of
  -- variables and of the arguments of cursors when it creates the function, with the search_path of that moment.
  setting = function(o) return o._unchecked and "check_function_bodies = off" or nil end,

  goes_with = function(o, drops) return o._base_type and drops[o._base_type] and o._base_type end,
  create = function(o) return (o.definition:gsub("^CREATE OR REPLACE", "CREATE")) end,
  can_alter = function(new, old) return new._shape == old._shape end,
  alter = {
    definition = function(new, _, _, context) return { new.definition, forget_indexes(new, context) } end,
  },
  -- CREATE OR REPLACE removes the dependencies on extensions.
  disturbs = { definition = function(dependent) return dependent.kind.kind == "EXTENSION DEPENDENCY" end },
}
