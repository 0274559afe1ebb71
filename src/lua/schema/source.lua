-- source.lua: the sources of a schema: a database, the migrations, or files of SQL.
--
-- Everything but a database is loaded into a scratch database first, so that PostgreSQL itself reads it.

local core = ...
local facets = core.require "schema.facets"
local read_definition = core.require "schema.definition"
local renames = core.require "schema.renames"
local snapshot = core.require "schema.snapshot"

local Workshop = {}
Workshop.__index = Workshop

-- The scratch server, started when it is first needed.
function Workshop:server()
  self.trial = self.trial or self.ctx.project:trial(self.scratch)
  return self.trial
end

function Workshop:close()
  for _, db in ipairs(self.open) do db:close() end
  if self.trial then self.trial:close() end
end
Workshop.__close = Workshop.close

function Workshop:keep(db)
  self.open[#self.open + 1] = db
  return db
end

-- The name of the role that an error says is missing; nil for another error, and on a server that is not ours.
local function absent_role(workshop, err)
  if workshop.scratch or type(err) ~= "table" or err.sqlstate ~= "42704" then return nil end
  return err.message:match 'role "(.*)" does not exist$'
end

-- A new scratch database; the options are those of trial:database.  Roles that the SQL names and that the throw-away
-- server does not have become roles that cannot log in.
function Workshop:database(options)
  local made = {}
  while true do
    local ok, result = pcall(self:server().database, self:server(), options)
    if ok then return self:keep(result) end
    local role = absent_role(self, result)
    if not role or made[role] then error(result, 0) end
    made[role] = true
    local db = self:database()
    db:exec("CREATE ROLE " .. db:escape_identifier(role) .. " NOLOGIN")
  end
end

function Workshop:read(db) return snapshot.read(db, self.excluded) end

-- The snapshot of a source, or what it would be after some statements; in one of our scratch databases, nobody has
-- chosen the owners.
function Workshop:snapshot(source, statements)
  local found = statements and #statements > 0 and snapshot.read_after(source.work, self.excluded, statements)
    or self:read(source.db)
  if source.scratch then facets.leave_owners_open(found) end
  return found
end

local function is_url(name) return name:find "://" or name:find "^%w+=" or name == "embedded:" end

-- The SQL of a schema.lua, as a file.  `item`: its letter in a list, or nil.
local function defined(ctx, path, item)
  local name = item and "schema_" .. item or "schema"
  return { ctx.project:keep_sql(name, read_definition(core.script(path), path)) }
end

-- Names of SQL files, sorted; { name } for a file.
local function sql_files(ctx, name, item)
  if name:find "%.lua$" then return defined(ctx, name, item) end
  local files = ctx.project:sql_files(name)
  if #files == 0 then ctx:usage("%s has no SQL file", name) end
  return files
end

-- The desired schema of the project, as a source.
local function desired(ctx)
  if ctx.config.schema then return ctx.config.schema end
  for _, path in ipairs { "schema.sql", "schema.lua", "scripts/schema.lua", "schema" } do
    if core.same_folder(path, path) or core.exists(path) then return path end
  end
  core.fail("usage", "the project has no desired schema",
            "Write schema.sql, or set the key schema in moonbird.lua, or use --to.")
end

-- The texts of SQL files.
local function read_texts(files)
  local texts = {}
  for i, path in ipairs(files) do texts[i] = core.read(path) end
  return table.concat(texts, "\n")
end

local function from_files(workshop, name, files)
  local db = workshop:database { files = files }
  return { name = name, db = db, work = db, scratch = true, hints = renames.hints(read_texts(files)) }
end

-- The files of the items of a list of schemas, in order.
local function listed_files(ctx, items)
  local files, names = {}, {}
  for i, item in ipairs(items) do
    local more = type(item) == "table" and { ctx.project:printed_schema(i) } or sql_files(ctx, item, ("%c"):format(96 + i))
    table.move(more, 1, #more, #files + 1, files)
    names[i] = type(item) == "table" and table.concat(item.command, " ") or item
  end
  return files, table.concat(names, ", ")
end

-- Opens a source: { name, db, scratch = is the database ours?, work = a database in which it can be changed: the same,
-- or none, hints = of renames }.
function Workshop:source(name)
  if name == "schema" then name = desired(self.ctx) end
  if type(name) == "table" then
    if name.url then return self:source(name.url) end
    if name[1] then
      local files, names = listed_files(self.ctx, name)
      return from_files(self, names, files)
    end
    return from_files(self, table.concat(name.command, " "), { self.ctx.project:printed_schema() })
  end
  if is_url(name) then
    local db = self:keep(self.ctx.project:reader(name))
    db:exec "SET default_transaction_isolation = 'repeatable read'"
    return { name = "the database", db = db }
  end
  if name == "migrations" then
    local db = self:database { migrations = true }
    return { name = "the migrations", db = db, work = db, scratch = true }
  end
  return from_files(self, name, sql_files(self.ctx, name))
end

-- ctx; `scratch`: the connection string of a server for scratch databases, or nil: a throw-away one.
return function(ctx, scratch)
  local excluded = { ctx.config and ctx.config.history_schema or "moonbird" }
  return setmetatable({ ctx = ctx, scratch = scratch, open = {}, excluded = excluded }, Workshop)
end
