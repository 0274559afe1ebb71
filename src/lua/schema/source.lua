-- source.lua: the sources of a schema: a database, the migrations, or files of SQL.
--
-- Everything but a database is loaded into a scratch database first, so that PostgreSQL itself reads it.

local core = ...
local facets = core.require "schema.facets"
local read_definition = core.require "schema.definition"
local renames = core.require "schema.renames"
local roles = core.require "schema.roles"
local snapshot = core.require "schema.snapshot"

local Workshop = {}
Workshop.__index = Workshop

-- The scratch server, started when it is first needed.
function Workshop:server()
  self.trial = self.trial or self.ctx.project:trial(self.scratch, nil, { args = self.set })
  return self.trial
end

function Workshop:close()
  for _, db in ipairs(self.open) do db:close() end
  if self.trial then self.trial:close() end
  self.ctx.project:only_reads(false)
end
Workshop.__close = Workshop.close

function Workshop:keep(db)
  self.open[#self.open + 1] = db
  return db
end

-- SET ROLE has a code of its own.
local NO_ROLE = { ["42704"] = true, ["22023"] = true }

-- The name of the role that an error says is missing; nil for another error, and on a server that is not ours.
local function absent_role(workshop, err)
  if workshop.scratch or type(err) ~= "table" or not NO_ROLE[err.sqlstate] then return nil end
  return err.message:match 'role "(.*)" does not exist$'
end

-- PostgreSQL 13 and 14 say which file of the extension is missing.
local function lacks_extension(err)
  return err.message:find "^extension .* is not available"
    or err.sqlstate == "58P01" and err.message:find "extension control file"
end

-- The name of the role that an error says exists already; nil for another error, and on a server that is not ours.
local function present_role(workshop, err)
  if workshop.scratch or type(err) ~= "table" or err.sqlstate ~= "42710" then return nil end
  return err.message:match 'role "(.*)" already exists$'
end

-- The name of a copy of the SQL file with this number; it must consist of letters.
local function name_of_copy(i)
  return "without_roles_" .. tostring(i):gsub("%d", function(digit) return string.char(97 + digit) end)
end

-- SQL files, where the one that creates this role is replaced by a copy that does not; nil if none creates it.
local function without_role(workshop, files, role)
  for i, path in ipairs(files or {}) do
    local sql = roles.without(core.read(path), role)
    if sql then
      local list = table.move(files, 1, #files, 1, {})
      list[i] = workshop.ctx.project:keep_sql(name_of_copy(i), sql)
      return list
    end
  end
  return nil
end

-- Adds to the error of a schema or of a migration what to do if the scratch server lacks something that it needs, or if
-- the migrations do not start from an empty database.
local function advise(workshop, err, options)
  if type(err) ~= "table" then return err end
  if lacks_extension(err) or not err.hint and err.message:find "^tablespace .* does not exist" then
    err.hint = workshop.scratch and "The server of the key scratch in moonbird.lua must have it."
      or 'To make scratch databases on a server that has it, set scratch = "URL" in moonbird.lua.'
  elseif err.hint then
    return err
  elseif workshop.scratch and NO_ROLE[err.sqlstate] and err.message:find "^role .* does not exist" then
    err.hint = "The server of the key scratch in moonbird.lua must have it: moonbird creates roles only on its own server."
  elseif options and options.migrations then
    err.hint = "The migrations must run from the start in an empty database. To start from another schema: --from URL, or a file."
  end
  return err
end

-- Makes what a schema needs of the server, after the error with which it failed → its options for the next time; nil if
-- nothing can be done. Roles that the SQL names and that the throw-away server does not have become roles that cannot
-- log in. Roles that another schema has created on that server stay: they outlive its database.
local function prepare(workshop, err, options, seen)
  local role, present = absent_role(workshop, err), present_role(workshop, err)
  if not (role or present) or seen[role or present] == err.message then return nil end
  seen[role or present] = err.message
  if role then
    local db = workshop:database()
    db:exec("CREATE ROLE " .. db:escape_identifier(role) .. " NOLOGIN")
    return options or {}
  end
  local files = without_role(workshop, options and options.files, present)
  return files and { files = files }
end

-- A new scratch database; the options are those of trial:database.
function Workshop:database(options)
  local seen = {}
  while true do
    local ok, result = pcall(self:server().database, self:server(), options)
    if ok then return self:keep(result) end
    local again = prepare(self, result, options, seen)
    if not again then error(advise(self, result, options), 0) end
    options = again
  end
end

-- Takes the rights of a superuser from all roles, and returns a session of `user` (a quoted name) with the database of
-- `db`. Statements from another database run in that session. After this call, no role can be created.
function Workshop:confine(db, user)
  local name = user:match '^"(.*)"$'
  self.confined = self:keep(self:server():confined(db:value "SELECT pg_catalog.current_database()",
                                                  name and name:gsub('""', '"') or user))
  return self.confined
end

local is_superuser = "SELECT pg_catalog.pg_has_role(session_user, 'moonbird_server', 'MEMBER')"

-- Gives the confined session the rights of a superuser, or takes them. A session sees the change in the middle of its
-- transaction only after a statement such as ALTER DATABASE, which changes nothing here.
local function lift(workshop, lifted)
  local db = workshop.confined
  workshop:server():lift(lifted)
  db:exec("ALTER DATABASE " .. db:escape_identifier(db:value "SELECT pg_catalog.current_database()") .. " RESET jit")
  if db:value(is_superuser) ~= lifted then error("the rights of the scratch server's roles did not change", 0) end
end

-- The extension belongs to the role of the server, so no other role can call functions that are reserved for the owner.
-- This GRANT lets other roles use its foreign data wrappers.
local grant_wrappers = [[
DO $$ DECLARE w record; BEGIN
  FOR w IN SELECT f.fdwname FROM pg_catalog.pg_foreign_data_wrapper f
            WHERE f.fdwowner OPERATOR(pg_catalog.=) current_user::pg_catalog.regrole LOOP
    EXECUTE pg_catalog.format('GRANT USAGE ON FOREIGN DATA WRAPPER %I TO PUBLIC', w.fdwname);
  END LOOP;
END $$]]

local function run_extension(db, statement)
  db:exec "SET LOCAL ROLE moonbird_server"
  db:exec(statement)
  db:exec(grant_wrappers)
  db:exec "SET LOCAL ROLE NONE"
end

local function is_of_extension(statement)
  return statement:find "^%u+ EXTENSION " or statement:find "^COMMENT ON EXTENSION "
end

-- Runs a statement of a migration in a transaction, as a superuser if it needs that.
function Workshop:run(db, statement)
  if db ~= self.confined or self.scratch or not self.superuser[statement] then return db:exec(statement) end
  local ok, err = pcall(function()
    lift(self, true)
    return (is_of_extension(statement) and run_extension or db.exec)(db, statement)
  end)
  if not ok then
    self:server():lift(false)
    error(err, 0)
  end
  lift(self, false)
end

function Workshop:read(db, shows_secrets) return snapshot.read(db, self.excluded, shows_secrets) end

-- The snapshot of a source, as it is or after some statements. The owners in a scratch database count only if a
-- statement set them.
function Workshop:snapshot(source, statements)
  local found = statements and #statements > 0 and snapshot.read_after(source.work, self.excluded, source.scratch, statements)
    or self:read(source.db, source.scratch)
  if source.scratch then facets.leave_owners_open(found) end
  return found
end

-- Also a string that is meant to be one: the error about it does not show it, because it may contain a password.
local function is_url(name) return name:find "://" or name:find "^%w+=" or name:find ":.*@" or name == "embedded:" end

-- The SQL of a schema.lua, as a file.  `item`: its letter in a list, or nil.
local function defined(ctx, path, item)
  local name = item and "schema_" .. item or "schema"
  return { ctx.project:keep_sql(name, read_definition(core.script(path), path)) }
end

-- Names of SQL files, sorted; { name } for a file.
local function sql_files(ctx, name, item)
  if name:find "%.lua$" then return defined(ctx, name, item) end
  local files = ctx.project:sql_files(name)
  if #files == 0 then ctx:usage("%s contains no SQL files", name) end
  return files
end

-- The desired schema of the project, as a source.
local function desired(ctx)
  if ctx.config.schema then return ctx.config.schema end
  local found = {}
  for _, path in ipairs { "schema.sql", "schema.lua", "scripts/schema.lua", "schema" } do
    if core.same_folder(path, path) or core.exists(path) then found[#found + 1] = path end
  end
  if #found > 1 then
    core.fail("usage", ("the project has two desired schemas: %s and %s%s"):format(found[1], found[2],
                                                                                   found[2] == "schema" and "/" or ""),
              "Name one of them, or both as a list, in the key schema of moonbird.lua.")
  end
  if found[1] then return found[1] end
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
  self.ctx.project:only_reads(true)
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

-- The history tables of the tool that made the folder of migrations. If there is no such folder, there are none; what is
-- wrong in one, the command says that reads the migrations.
local function histories(ctx)
  local ok, found = pcall(function() return ctx.project:histories() end)
  return ok and found or {}
end

-- ctx; `scratch`: the connection string of a server for scratch databases, or nil: a throw-away one; `set`: the values of
-- --set for the migrations that name them, or nil.
return function(ctx, scratch, set)
  -- A snapshot takes about 20 KB for each table.
  if core.runs_built_in then core.lift_memory() end
  local excluded = { schemas = { ctx.config and ctx.config.history_schema or "moonbird" }, histories = histories(ctx) }
  return setmetatable({ ctx = ctx, scratch = scratch, set = set, open = {}, excluded = excluded, superuser = {} }, Workshop)
end
