local text = (...).require "schema.sql.text"

return {
  kind  = "PUBLICATION",
  rank  = 90,
  found_in = "pg_publication",
  superuser = function(o) return o.all_tables end,
  query = [[
SELECT @address(pg_publication, p.oid, 0) AS _address, quote_ident(p.pubname) AS name,
       quote_ident(pg_get_userbyid(p.pubowner)) AS owner, nullif(p.puballtables, false) AS all_tables,
       array_remove(ARRAY[
         'publish=' || concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
           CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END),
         'publish_via_partition_root=' || p.pubviaroot,
         'publish_generated_columns=' || CASE to_jsonb(p) ->> 'pubgencols' WHEN 's' THEN 'stored' WHEN 'n' THEN 'none' END], NULL)
         AS options
  FROM pg_publication p WHERE @own(pg_publication, p.oid)]],

  create = function(o)
    return ("CREATE PUBLICATION %s%s WITH %s"):format(o.name, o.all_tables and " FOR ALL TABLES" or "", text.options(o.options))
  end,
  alter = {
    options = function(new) return ("ALTER PUBLICATION %s SET %s"):format(new.name, text.options(new.options)) end,
  },
}
