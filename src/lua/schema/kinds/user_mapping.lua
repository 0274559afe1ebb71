-- The options may be secrets, so moonbird neither prints nor writes them; `_secret` only tells whether they differ
-- (notes.lua).
return {
  kind  = "USER MAPPING",
  rank  = 77,
  query = [[
SELECT @address(pg_user_mapping, m.umid, 0) AS _address, format('FOR %s SERVER %I', u.name, m.srvname) AS name,
       nullif(u.name, 'PUBLIC') AS _role, md5(ARRAY(SELECT o FROM unnest(m.umoptions) o ORDER BY 1)::text) AS _secret
  FROM pg_user_mappings m,
       LATERAL (SELECT CASE m.umuser WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(m.umuser)) END) u (name)
 WHERE @own(pg_foreign_server, m.srvid)]],

  create = function(o) return "CREATE USER MAPPING " .. o.name end,
}
