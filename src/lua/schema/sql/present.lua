-- present.lua: what a database has that PostgreSQL itself did not make.
--
-- Most databases have objects of few kinds.  PostgreSQL plans the query of the snapshot in a fraction of the time if that
-- query leaves out the other kinds.

local present = {}

-- Objects that PostgreSQL itself made have lower OIDs: FirstNormalObjectId of access/transam.h.
local OWN <const> = 16384

-- Catalogs where one word says what an object is: "pg_class v" is a view.  Each database has array types and tables for
-- TOAST, so these count for nothing.
local by_word = {
  { catalog = "pg_class", word = "relkind", where = "relnamespace <> 'pg_toast'::regnamespace" },
  { catalog = "pg_proc", word = "prokind", where = "true" },
  { catalog = "pg_type", word = "typtype", where = "typinput <> 'array_in'::regproc" },
}

-- Other catalogs, and which of their rows count.
local whole = {
  pg_am = "oid", pg_attrdef = "oid", pg_cast = "oid", pg_collation = "oid", pg_constraint = "oid", pg_conversion = "oid",
  pg_default_acl = "oid", pg_event_trigger = "oid", pg_extension = "oid", pg_foreign_data_wrapper = "oid",
  pg_foreign_server = "oid", pg_inherits = "inhrelid", pg_language = "oid", pg_opclass = "oid", pg_operator = "oid",
  pg_opfamily = "oid", pg_policy = "oid", pg_publication = "oid", pg_rewrite = "rulename <> '_RETURN' AND oid",
  pg_statistic_ext = "oid", pg_transform = "oid", pg_trigger = "NOT tgisinternal AND oid", pg_ts_config = "oid",
  pg_ts_dict = "oid", pg_ts_parser = "oid", pg_ts_template = "oid",
  pg_depend = "refclassid = 'pg_extension'::regclass AND deptype = 'x' AND objid",
}

local function query()
  local parts = {}
  for _, c in ipairs(by_word) do
    parts[#parts + 1] = ("SELECT DISTINCT '%s ' || %s::text FROM %s WHERE oid >= %d AND %s")
      :format(c.catalog, c.word, c.catalog, OWN, c.where)
  end
  for catalog, where in pairs(whole) do
    parts[#parts + 1] = ("SELECT '%s' WHERE EXISTS (SELECT FROM %s WHERE %s >= %d)"):format(catalog, catalog, where, OWN)
  end
  table.sort(parts)
  return ("SELECT quote_ident(current_user) AS user, ARRAY(%s) AS present"):format(table.concat(parts, "\nUNION ALL "))
end

-- → the user, quoted, and a function(kind): can the database have objects of the kind?
function present.read(db)
  local row = db:query(query())[1]
  local has = {}
  for _, what in ipairs(row.present) do has[what] = true end
  return row.user, function(kind)
    if not kind.found_in then return true end
    for what in kind.found_in:gmatch "[^,]+" do
      if has[what] then return true end
    end
    return false
  end
end

return present
