local core = ...
local relation = core.require "schema.sql.relation"
local order_of_persistence = core.require "schema.sql.persistence"
local text = core.require "schema.sql.text"

local persistence = { u = "UNLOGGED " }

local function with(o)
  local options = {}
  for _, option in ipairs(o.options or {}) do options[#options + 1] = option end
  for _, option in ipairs(o._toast_options or {}) do options[#options + 1] = "toast." .. option end
  return #options > 0 and text.options(options) or nil
end

-- The clauses after the parentheses of CREATE TABLE.
local function tail(o)
  local list = {}
  if o._inherits then list[#list + 1] = ("INHERITS (%s)"):format(table.concat(o._inherits, ", ")) end
  if o.partition_key then list[#list + 1] = "PARTITION BY " .. o.partition_key end
  if o.access_method then list[#list + 1] = "USING " .. o.access_method end
  if with(o) then list[#list + 1] = "WITH " .. with(o) end
  if o.tablespace then list[#list + 1] = "TABLESPACE " .. o.tablespace end
  return table.concat(list, "\n")
end

-- The type of which the table is created.
local function type_of(parts)
  for _, part in ipairs(parts) do
    if part.kind.kind == "TABLE OF TYPE" then return part.type end
  end
end

-- A partitioned table loses rows if partitions are dropped with it.
local loses
function loses(o, drops)
  if not o.partition_key then return true end
  for _, partition in ipairs(o._partitions or {}) do
    if drops[partition] and loses(partition, drops) then return true end
  end
  return false
end

-- Since PostgreSQL 15, SET LOGGED and SET UNLOGGED also change the sequences that columns of the table own. Sequences
-- that must stay as they are get a statement that changes them back.
local function keep_sequences(list, new, context)
  for _, o in ipairs(context.from.version >= 150000 and context.to.list or {}) do
    if o.kind.kind == "SEQUENCE" and o.owner_column and o.owner_column.table == new and context.from.objects[o.id]
       and o.persistence ~= new.persistence then
      list[#list + 1] = o.kind.alter.persistence(o)
    end
  end
  return list
end

return {
  kind  = "TABLE",
  rank  = 50,
  acl   = "r",
  query = [[
SELECT @address(pg_class, c.oid, 0) AS _address, format('%I.%I', n.nspname, c.relname) AS name,
       quote_ident(pg_get_userbyid(c.relowner)) AS owner, nullif(c.relpersistence::text, 'p') AS persistence,
       CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) END AS partition_key,
       c.relispartition AS _partition,
       (SELECT quote_ident(amname) FROM pg_am a WHERE a.oid = c.relam AND amname <> 'heap') AS access_method,
       (SELECT quote_ident(spcname) FROM pg_tablespace t WHERE t.oid = c.reltablespace) AS tablespace,
       c.reloptions AS options,
       nullif(c.relrowsecurity, false) AS row_security, nullif(c.relforcerowsecurity, false) AS force_row_security,
       nullif(c.relreplident::text, 'd') AS replica_identity,
       CASE WHEN NOT c.relispartition THEN
         (SELECT array_agg(format('%I.%I', pn.nspname, p.relname) ORDER BY i.inhseqno)
            FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
           WHERE i.inhrelid = c.oid) END AS _inherits
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND @ours(n) AND @own(pg_class, c.oid)]],

  names = function(o) return { "relation " .. o.name, "type " .. o.name } end,

  loses = loses,
  does = {
    drop = function(o, drops) return loses(o, drops) and "Drop.Table" end,
    alter = {
      persistence = function(new) return new.persistence == "u" and "AlterTable.SetUnLogged" or "AlterTable.SetLogged" end,
      tablespace = "AlterTable.SetTableSpace",
      access_method = "AlterTable.SetAccessMethod",
    },
  },
  can_alter = function(new, old, version)
    local can_move = new.access_method == old.access_method or version >= 150000 and not new.partition_key
    local can_stay = new.persistence == old.persistence or not new.partition_key or not order_of_persistence.forbids(new, old.persistence)
    return can_move and can_stay
  end,
  -- SET LOGGED and SET UNLOGGED have no effect on a partitioned table.
  unknown = function(field, old, new)
    return field == "persistence" and old.partition_key and new.partition_key and not order_of_persistence.forbids(new, old.persistence)
  end,

  create = function(o, parts)
    local head = ("CREATE %sTABLE %s"):format(persistence[o.persistence] or "", o.name)
    local type_ = type_of(parts)
    if type_ then head = head .. " OF " .. type_ end
    local list = relation.lines(parts, type_)
    local body = #list > 0 and ("%s (\n    %s\n)"):format(head, table.concat(list, ",\n    "))
      or type_ and head or head .. " ()"
    local rest = tail(o)
    return rest ~= "" and body .. "\n" .. rest or body
  end,

  goes_with = function(o, drops) return o.partition and drops[o.partition.of] and o.partition.of end,
  edges = order_of_persistence.edges,
  releases = order_of_persistence.releases,

  -- The table as code for schema.lua; nil if schema.lua cannot express it.
  lua = function(o, parts)
    if not o.name:find "^[%l%d_.]+$" or type_of(parts) or o.persistence then return nil end
    local list = {}
    for i, line in ipairs(relation.lines(parts)) do list[i] = "    " .. text.lua(line) .. ",\n" end
    local suffix = tail(o)
    if suffix ~= "" then list[#list + 1] = ("    suffix = %s,\n"):format(text.lua(suffix)) end
    return ("s:table(%s, {\n%s  })"):format(text.lua((o.name:gsub("^public%.", ""))), table.concat(list))
  end,

  -- Fields that CREATE TABLE cannot set. They are set afterwards, as for a table that has none of them.
  later = { "row_security", "force_row_security", "replica_identity" },

  alter = {
    persistence = function(new, _, _, context)
      local list = { ("ALTER TABLE %s SET %s"):format(new.name, new.persistence == "u" and "UNLOGGED" or "LOGGED") }
      return keep_sequences(list, new, context)
    end,
    row_security = function(new)
      return ("ALTER TABLE %s %s ROW LEVEL SECURITY"):format(new.name, new.row_security and "ENABLE" or "DISABLE")
    end,
    force_row_security = function(new)
      return ("ALTER TABLE %s %s ROW LEVEL SECURITY"):format(new.name, new.force_row_security and "FORCE" or "NO FORCE")
    end,
    replica_identity = function(new)
      -- The index has this field if it is the replica identity.
      if new.replica_identity == "i" then return {} end
      local words = { n = "NOTHING", f = "FULL" }
      return ("ALTER TABLE %s REPLICA IDENTITY %s"):format(new.name, words[new.replica_identity] or "DEFAULT")
    end,
    options = function(new, old) return text.change_options("ALTER TABLE " .. new.name, old.options, new.options, "") end,
    tablespace = function(new) return ("ALTER TABLE %s SET TABLESPACE %s"):format(new.name, new.tablespace or "pg_default") end,
    access_method = function(new)
      return ("ALTER TABLE %s SET ACCESS METHOD %s"):format(new.name, new.access_method or "heap")
    end,
  },
}
