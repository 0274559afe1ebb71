-- A subscription connects as soon as it is created, and its connection string may contain a password. Before PostgreSQL 14,
-- only a superuser can read the columns oid and subsynccommit of pg_subscription.
return {
  kind  = "SUBSCRIPTION",
  rank  = 93,
  report_only = true,
  query = [[
SELECT quote_ident(s.subname) AS name, nullif(s.subenabled, true) AS enabled,
       ARRAY(SELECT quote_ident(p) FROM unnest(s.subpublications) p ORDER BY 1) AS publications,
       quote_ident(pg_get_userbyid(s.subowner)) AS owner, @since(14, obj_description(s.oid, 'pg_subscription') | NULL) AS comment,
       concat_ws(' / ', s.subslotname, @since(14, s.subsynccommit | NULL), @since(14, s.subbinary::text | NULL), @since(14, s.substream::text | NULL),
         @since(15, s.subtwophasestate::text | NULL), @since(15, s.subdisableonerr::text | NULL), @since(16, s.suborigin | NULL),
         @since(16, s.subpasswordrequired::text | NULL), @since(16, s.subrunasowner::text | NULL),
         @since(17, s.subfailover::text | NULL)) AS options
  FROM pg_subscription s WHERE s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())]],
}
