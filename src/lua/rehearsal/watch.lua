-- watch.lua: what the session of a migration has locked, rewritten and built, asked after each of its statements.
--
-- Only relations that existed before the migration count: nobody else can wait for a new one.

local core = ...
local effects = core.require "lint.effects"
local locks = core.require "facts.lock_modes"
local tree = core.require "lint.tree"
local whole_tables = core.require "rehearsal.whole_tables"

-- Relations that existed before: oid, name, kind, and the file with their rows.
local RELATIONS = [[
SELECT c.oid::pg_catalog.int8 AS oid, c.relkind::pg_catalog.text AS kind, c.relfilenode::pg_catalog.int8 AS file,
       CASE WHEN n.nspname OPERATOR(pg_catalog.=) 'public' THEN '' ELSE pg_catalog.concat(n.nspname, '.') END
           OPERATOR(pg_catalog.||) c.relname AS name,
       i.indrelid::pg_catalog.int8 AS owner
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
  LEFT JOIN pg_catalog.pg_index i ON i.indexrelid OPERATOR(pg_catalog.=) c.oid
 WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,m,v,f,i,I,S}')
   AND c.oid::pg_catalog.int8 OPERATOR(pg_catalog.>=) 16384
   AND n.nspname OPERATOR(pg_catalog.<>) ALL ('{pg_toast,moonbird}')]]

-- The locks of this session on relations of this database.
local LOCKS = [[
SELECT l.relation::pg_catalog.int8 AS oid, l.mode AS mode
  FROM pg_catalog.pg_locks l
 WHERE l.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid() AND l.locktype OPERATOR(pg_catalog.=) 'relation'
   AND l.granted AND l.database OPERATOR(pg_catalog.=) (SELECT d.oid FROM pg_catalog.pg_database d
                                                         WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())]]

local WAL = "SELECT pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), '0/0')::pg_catalog.int8"

local Watch = {}
Watch.__index = Watch

local function relations_of(db)
  local all = {}
  for _, relation in ipairs((db:query(RELATIONS))) do all[relation.oid] = relation end
  return all
end

-- "AccessExclusiveLock" → "ACCESS EXCLUSIVE"
local function mode_name(mode) return (mode:gsub("Lock$", ""):gsub("(%l)(%u)", "%1 %2"):upper()) end

local rank = {}
for i, mode in ipairs(locks.modes) do rank[mode] = i end

-- The strongest lock on each table or view that existed before: oid → mode.  Locks on indexes are left out: a
-- session that uses an index locks its table first.
local function locks_of(self, db)
  local held = {}
  for _, lock in ipairs((db:query(LOCKS))) do
    local relation, mode = self.before[lock.oid], mode_name(lock.mode)
    if relation and not relation.owner and rank[mode] and (not held[lock.oid] or rank[mode] > rank[held[lock.oid]]) then
      held[lock.oid] = mode
    end
  end
  return held
end

local function new_locks(self, held)
  local list = {}
  for oid, mode in pairs(held) do
    if not self.held[oid] or rank[mode] > rank[self.held[oid]] then
      list[#list + 1] = { relation = self.before[oid].name, mode = mode, blocks = locks.blocks(mode) or moonbird.null }
    end
  end
  table.sort(list, function(a, b) return a.relation < b.relation end)
  return list
end

-- Tables that have a new file, indexes that were built on tables that existed before, and the oids of tables that have a new
-- file of an index.
local function changes(self, now)
  local rewritten, built, indexed = moonbird.json.array(), moonbird.json.array(), {}
  for oid, relation in pairs(now) do
    local before = self.before[oid]
    local is_new = self.files[oid] ~= relation.file
    if before and not before.owner and is_new then rewritten[#rewritten + 1] = relation.name end
    if not before and not self.files[oid] and relation.owner and self.before[relation.owner] then
      built[#built + 1] = relation.name
    end
    if relation.owner and is_new then indexed[relation.owner] = true end
    self.files[oid] = relation.file
  end
  table.sort(rewritten)
  table.sort(built)
  return rewritten, built, indexed
end

-- The locks of a statement outside a transaction are gone when it ends: they come from the facts.
local function known_locks(self, statement)
  local list = {}
  for _, effect in ipairs(effects.of(statement, self.version)) do
    if effect.fact.lock and effect.relation then
      list[#list + 1] = { relation = effect.relation, mode = effect.fact.lock,
                          blocks = locks.blocks(effect.fact.lock) or moonbird.null }
    end
  end
  return list
end

-- The tables that existed before and of which the statement read, changed or rewrote all rows: { relation, does }.
local function work(self, does, rewritten, indexed)
  local list = moonbird.json.array()
  for oid in pairs(indexed) do
    local of = self.before[oid]
    if of then does[of.name] = does[of.name] or "reads" end
  end
  for _, name in ipairs(rewritten) do does[name] = does[name] == "drops" and "drops" or "rewrites" end
  for name, what in tree.sorted(does) do
    if self.oids[name] and what ~= "drops" then list[#list + 1] = { relation = name, does = what } end
  end
  return list
end

function Watch:before_each(db)
  self.before, self.files, self.held, self.version = relations_of(db), {}, {}, db.server_version
  self.oids = {}
  for oid, relation in pairs(self.before) do self.files[oid], self.oids[relation.name] = relation.file, oid end
end

function Watch:before_statement(db, ctx)
  if not db.in_transaction then self.held = {} end
  self.does = whole_tables(db, ctx.statement, self.version, self.oids)
  self.wal = db:value(WAL)
end

function Watch:after_statement(db, ctx)
  local statement = ctx.statement
  local alone = statement.alone
  local wal = db:value(WAL) - self.wal
  local held = alone and {} or locks_of(self, db)
  local rewritten, built, indexed = changes(self, relations_of(db))
  local list = alone and known_locks(self, statement) or new_locks(self, held)
  self.held = held
  self.statements[#self.statements + 1] = {
    path = statement.path, line = statement.line, sql = statement.text, outside_transaction = alone,
    duration_ms = statement.duration_ms or moonbird.null, rows = statement.rows or moonbird.null, wal_bytes = wal,
    locks = #list > 0 and list or moonbird.json.array(), rewritten = rewritten, indexes = built,
    work = work(self, self.does, rewritten, indexed),
  }
end

-- A watch for one migration: call it with the events of trial:rehearse.
return function()
  local self = setmetatable({ statements = moonbird.json.array() }, Watch)
  return self.statements, function(event, db, ctx)
    local handle = Watch[event]
    if handle then handle(self, db, ctx) end
  end
end
