-- sizes.lua: how large the tables of the database are, and how often they are read.

local sizes = {}

-- A partitioned table has the rows of its partitions.
local QUERY = [[
SELECT CASE WHEN n.nspname OPERATOR(pg_catalog.=) 'public' THEN '' ELSE pg_catalog.concat(n.nspname, '.') END
           OPERATOR(pg_catalog.||) c.relname AS name, l.rows, l.bytes, l.reads, l.empty
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
 CROSS JOIN LATERAL (
   SELECT coalesce(pg_catalog.sum(greatest(p.reltuples, 0)), 0)::pg_catalog.int8 AS rows,
          coalesce(pg_catalog.sum(pg_catalog.pg_total_relation_size(p.oid)), 0)::pg_catalog.int8 AS bytes,
          coalesce(pg_catalog.sum(coalesce(s.seq_scan, 0) OPERATOR(pg_catalog.+) coalesce(s.idx_scan, 0)), 0)::pg_catalog.int8
              AS reads,
          coalesce(pg_catalog.bool_and(p.relpages OPERATOR(pg_catalog.=) 0
                                       AND pg_catalog.pg_relation_size(p.oid) OPERATOR(pg_catalog.=) 0), true) AS empty
     FROM pg_catalog.pg_class p
     LEFT JOIN pg_catalog.pg_stat_all_tables s ON s.relid OPERATOR(pg_catalog.=) p.oid
    WHERE p.oid OPERATOR(pg_catalog.=) c.oid AND c.relkind OPERATOR(pg_catalog.<>) 'p'
       OR c.relkind OPERATOR(pg_catalog.=) 'p' AND p.relkind OPERATOR(pg_catalog.=) 'r' AND p.relispartition
          AND p.oid OPERATOR(pg_catalog.=) ANY (SELECT t.relid FROM pg_catalog.pg_partition_tree(c.oid) t WHERE t.isleaf)) l
 WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,m}')
   AND n.nspname OPERATOR(pg_catalog.<>) ALL ('{pg_catalog,information_schema}')]]

local function integer(value) return math.tointeger(tonumber(value)) end

-- `query`: a function that returns the rows of a statement, with values or their texts.
-- → name → { rows, bytes, reads, empty }
function sizes.read(query)
  local all = {}
  for _, row in ipairs(query(QUERY)) do
    all[row.name] = { rows = integer(row.rows), bytes = integer(row.bytes), reads = integer(row.reads),
                      empty = row.empty == true or row.empty == "t" }
  end
  return all
end

local LARGE = 1000000 -- rows

-- The severity for a table of this size.
function sizes.severity(size, usual)
  if not size then return usual end
  if size.empty then return "note" end
  return size.rows >= LARGE and "error" or usual
end

local function grouped(n)
  local text = tostring(n):reverse():gsub("(%d%d%d)", "%1,"):reverse()
  return (text:gsub("^,", ""))
end

local units = { { 1 << 40, "TB" }, { 1 << 30, "GB" }, { 1 << 20, "MB" }, { 1 << 10, "kB" } }

local function bytes(n)
  for _, unit in ipairs(units) do
    if n >= unit[1] then return ("%.0f %s"):format(n / unit[1], unit[2]) end
  end
  return n .. " bytes"
end

-- "about 2,000,000 rows, 310 MB"
function sizes.short(size)
  return ("about %s row%s, %s"):format(grouped(size.rows), size.rows == 1 and "" or "s", bytes(size.bytes))
end

-- "users has about 2,000,000 rows (310 MB) and was read 81 times since its statistics began".
function sizes.words(name, size)
  if size.empty then return ("%s is empty"):format(name) end
  return ("%s has about %s rows (%s) and was read %s times since its statistics began"):format(name, grouped(size.rows), bytes(size.bytes),
                                                                   grouped(size.reads))
end

return sizes
