-- sample.lua: copies some rows of each table to a scratch database, and the rows that they reference.

-- Tables with rows of their own, and the columns that have values of their own.  CREATE EXTENSION fills an extension's tables.
local TABLES = [[
SELECT c.oid::pg_catalog.int8 AS oid, n.nspname AS schema, c.relname AS name,
       ARRAY(SELECT a.attname::pg_catalog.text FROM pg_catalog.pg_attribute a
              WHERE a.attrelid OPERATOR(pg_catalog.=) c.oid AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
                AND a.attgenerated::pg_catalog.text OPERATOR(pg_catalog.=) '' ORDER BY a.attnum) AS columns
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
 WHERE c.relkind OPERATOR(pg_catalog.=) 'r' AND c.relpersistence OPERATOR(pg_catalog.<>) 't'
   AND n.nspname OPERATOR(pg_catalog.<>) ALL ('{pg_catalog,information_schema,moonbird}')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
                      AND d.objid OPERATOR(pg_catalog.=) c.oid AND d.deptype OPERATOR(pg_catalog.=) 'e')
 ORDER BY 2, 3]]

-- As many rows of a chain are copied, such as of messages that reply to each other.
local MOST_STEPS = 1000

-- The name of a schema with a dot in its name while its tables are copied: db:copy takes the first dot for the end of the schema.
local PLAIN = "moonbird_sample"

-- The equal columns of each foreign key, and those that can be NULL.
local KEYS = [[
SELECT k.conrelid::pg_catalog.int8 AS referencing, n.nspname AS schema, c.relname AS name,
       ARRAY(SELECT pg_catalog.format('t.%I = s.%I', theirs.attname, mine.attname)
               FROM ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey)) AS pair (mine, theirs)
               JOIN pg_catalog.pg_attribute mine ON mine.attrelid OPERATOR(pg_catalog.=) k.conrelid
                                                AND mine.attnum OPERATOR(pg_catalog.=) pair.mine
               JOIN pg_catalog.pg_attribute theirs ON theirs.attrelid OPERATOR(pg_catalog.=) k.confrelid
                                                  AND theirs.attnum OPERATOR(pg_catalog.=) pair.theirs) AS equal,
       ARRAY(SELECT pg_catalog.format('s.%I IS NOT NULL', a.attname) FROM pg_catalog.pg_attribute a
              WHERE a.attrelid OPERATOR(pg_catalog.=) k.conrelid AND a.attnum OPERATOR(pg_catalog.=) ANY (k.conkey)) AS filled,
       ARRAY(SELECT pg_catalog.format('%I = NULL', a.attname) FROM pg_catalog.pg_attribute a
              WHERE a.attrelid OPERATOR(pg_catalog.=) k.conrelid AND a.attnum OPERATOR(pg_catalog.=) ANY (k.conkey)
                AND NOT a.attnotnull AND a.attgenerated::pg_catalog.text OPERATOR(pg_catalog.=) '') AS nullable
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) k.confrelid
  JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
 WHERE k.contype OPERATOR(pg_catalog.=) 'f']]

local SEQUENCES = [[
SELECT pg_catalog.format('%I.%I', s.schemaname, s.sequencename) AS name, s.last_value AS last
  FROM pg_catalog.pg_sequences s
 WHERE s.last_value IS NOT NULL AND s.schemaname OPERATOR(pg_catalog.<>) 'moonbird']]

local COUNTED = [[
SELECT n.nspname AS schema, c.relname AS name
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
 WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,m}')
   AND n.nspname OPERATOR(pg_catalog.<>) ALL ('{pg_catalog,information_schema,moonbird}')]]

-- The name of a table as SQL; %I would take a dot for the end of the schema.
local function quoted(db, of) return db:escape_identifier(of.schema) .. "." .. db:escape_identifier(of.name) end

-- Places of rows as a tid[].
local function places(list) return ('{"%s"}'):format(table.concat(list, '","')) end

-- The rows that are copied: the places of each table's rows, and which of them are new since the last look.
local Picked = {}
Picked.__index = Picked

function Picked:add(oid, place)
  local of = self[oid]
  if not of or of.seen[place] then return end
  of.seen[place] = true
  table.insert(of.all, place)
  table.insert(of.new, place)
end

local function pick_first(db, tables, n)
  local picked = setmetatable({}, Picked)
  for _, each in ipairs(tables) do
    picked[each.oid] = { seen = {}, all = {}, new = {} }
    local sql = ("SELECT ctid::pg_catalog.text AS place FROM ONLY %s LIMIT $1"):format(quoted(db, each))
    for _, row in ipairs((db:query(sql, n))) do picked:add(each.oid, row.place) end
  end
  return picked
end

-- Adds the rows that the new rows of a table reference.
local function follow(db, picked, each, key, new)
  local sql = ("SELECT DISTINCT t.tableoid::pg_catalog.int8 AS oid, t.ctid::pg_catalog.text AS place FROM %s t JOIN ONLY %s s ON "):format(
                quoted(db, key), quoted(db, each)) ..
              table.concat(key.equal, " AND ") .. " WHERE s.ctid = ANY ($1::pg_catalog.text::pg_catalog.tid[])"
  for _, row in ipairs((db:query(sql, new))) do picked:add(row.oid, row.place) end
end

local function keys_of(db)
  local keys = {}
  for _, key in ipairs((db:query(KEYS))) do
    keys[key.referencing] = keys[key.referencing] or {}
    table.insert(keys[key.referencing], key)
  end
  return keys
end

-- Adds the rows that the rows reference, until none is missing, or a chain of them is too long.
-- → the foreign keys whose rows are not all there: a list of { table, key }
local function complete(db, picked, tables)
  local keys, steps, again = keys_of(db), 0, true
  while again and steps < MOST_STEPS do
    steps, again = steps + 1, false
    for _, each in ipairs(tables) do
      local of = picked[each.oid]
      local new = #of.new > 0 and places(of.new)
      of.new = {}
      for _, key in ipairs(new and keys[each.oid] or {}) do follow(db, picked, each, key, new) end
      again = again or new ~= false
    end
  end
  local cut = {}
  for _, each in ipairs(tables) do
    for _, key in ipairs(#picked[each.oid].new > 0 and keys[each.oid] or {}) do cut[#cut + 1] = { table = each, key = key } end
  end
  return cut
end

-- The ends of a chain that was cut reference no row, as far as their columns can be NULL.
local function close_chains(scratch, cut)
  for _, each in ipairs(cut) do
    local of, key = each.table, each.key
    moonbird.log.info("note: the sample has no more than %d rows of a chain of references from %s to %s", MOST_STEPS, of.name, key.name)
    if #key.nullable > 0 then
      scratch:exec(("UPDATE ONLY %s s SET %s WHERE %s AND NOT EXISTS (SELECT FROM %s t WHERE %s)"):format(
        quoted(scratch, of), table.concat(key.nullable, ", "), table.concat(key.filled, " AND "), quoted(scratch, key),
        table.concat(key.equal, " AND ")))
    end
  end
end

-- What each of the two databases has, so that a column that only one of them has is left out.
local function common_columns(scratch, each, name)
  local types, columns = {}, {}
  for _, column in ipairs(scratch:columns(name)) do types[column.name] = column.type end
  for _, column in ipairs(each.columns) do
    if types[column] then columns[#columns + 1] = column end
  end
  return columns, types
end

-- Values go as the texts that PostgreSQL gives and takes, and bytes as bytes.
local function text_of(db, name, type)
  local quoted = db:escape_identifier(name)
  if type == "bytea" then return "t." .. quoted end
  return ("CASE WHEN pg_catalog.num_nulls(t.%s) OPERATOR(pg_catalog.=) 0 THEN pg_catalog.format('%%s', t.%s) END AS %s"):format(
    quoted, quoted, quoted)
end

local function copy_table(db, scratch, each, name, list)
  local columns, types = common_columns(scratch, each, name)
  local texts = {}
  for i, column in ipairs(columns) do texts[i] = text_of(db, column, types[column]) end
  if #columns == 0 then return end
  local sql = ("SELECT %s FROM ONLY %s t WHERE t.ctid = ANY ($1::pg_catalog.text::pg_catalog.tid[])"):format(
                table.concat(texts, ", "), quoted(db, each))
  scratch:copy(name, columns, db:query(sql, places(list)))
end

-- Replaces the rows of the table by the rows at these places. `schema` is the name that its schema has now.
local function fill(db, scratch, each, schema, list)
  local name = schema .. "." .. each.name
  if not scratch:has_table(name) then return end
  scratch:exec("DELETE FROM ONLY " .. quoted(scratch, { schema = schema, name = each.name }))
  if #list > 0 then copy_table(db, scratch, each, name, list) end
end

local function fill_all(db, scratch, picked, tables)
  for _, each in ipairs(tables) do
    local list = picked[each.oid].all
    if not each.schema:find(".", 1, true) then
      fill(db, scratch, each, each.schema, list)
    elseif scratch:has_schema(each.schema) then
      local schema = scratch:escape_identifier(each.schema)
      scratch:exec(("ALTER SCHEMA %s RENAME TO %s"):format(schema, PLAIN))
      fill(db, scratch, each, PLAIN, list)
      scratch:exec(("ALTER SCHEMA %s RENAME TO %s"):format(PLAIN, schema))
    end
  end
end

local function copy_rows(db, scratch, picked, tables, cut)
  -- Triggers and foreign keys would run for rows that they have passed already.
  scratch:exec "SET LOCAL session_replication_role = replica"
  fill_all(db, scratch, picked, tables)
  close_chains(scratch, cut)
  for _, sequence in ipairs((db:query(SEQUENCES))) do
    scratch:query("SELECT pg_catalog.setval(s, $2) FROM pg_catalog.to_regclass($1) s WHERE s IS NOT NULL",
                  sequence.name, sequence.last)
  end
end

-- The rows of each table, by the names of lint/sizes.lua.
local function count(db)
  local counts = {}
  for _, each in ipairs((db:query(COUNTED))) do
    local name = each.schema == "public" and each.name or each.schema .. "." .. each.name
    counts[name] = db:value("SELECT pg_catalog.count(*) FROM " .. quoted(db, each))
  end
  return counts
end

-- Copies up to n rows of each table of `db` to the database `scratch`, and the rows that they reference.
-- → name → the number of rows that a table of `scratch` has then
return function(db, scratch, n)
  db:transaction(function()
    db:exec "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
    local tables = db:query(TABLES)
    local picked = pick_first(db, tables, n)
    local cut = complete(db, picked, tables)
    scratch:transaction(function() copy_rows(db, scratch, picked, tables, cut) end)
  end)
  scratch:exec "ANALYZE"
  return count(scratch)
end
