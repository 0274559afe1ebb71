-- Names of the options of a dictionary: "language = 'english', stopwords = 'x'"
local function names(options)
  local list, set = {}, {}
  for name in ((options or ""):gsub("'[^']*'", "")):gmatch '([^%s=,]+)%s*=' do
    list[#list + 1], set[name] = name, true
  end
  return list, set
end

return {
  kind  = "TEXT SEARCH DICTIONARY",
  rank  = 77,
  found_in = "pg_ts_dict",
  query = [[
SELECT @address(pg_ts_dict, d.oid, 0) AS _address, format('%I.%I', n.nspname, d.dictname) AS name,
       quote_ident(pg_get_userbyid(d.dictowner)) AS owner, format('%I.%I', tn.nspname, t.tmplname) AS template,
       nullif(d.dictinitoption, '') AS options
  FROM pg_ts_dict d JOIN pg_namespace n ON n.oid = d.dictnamespace
  JOIN pg_ts_template t ON t.oid = d.dicttemplate JOIN pg_namespace tn ON tn.oid = t.tmplnamespace
 WHERE @ours(n) AND @own(pg_ts_dict, d.oid)]],
  create = function(o)
    return ("CREATE TEXT SEARCH DICTIONARY %s (TEMPLATE = %s%s)"):format(o.name, o.template, o.options and ", " .. o.options or "")
  end,
  alter = {
    options = function(new, old)
      local list, _, has = { new.options }, names(new.options)
      for _, name in ipairs((names(old.options))) do
        if not has[name] then list[#list + 1] = name end
      end
      return ("ALTER TEXT SEARCH DICTIONARY %s (%s)"):format(new.name, table.concat(list, ", "))
    end,
  },
}
