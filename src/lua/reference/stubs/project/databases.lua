---Makes a backup with pg_dump and records it.
---```lua
---print(ctx.project:backup().recorded)  --> true
---```
---@return { path: string, bytes: integer, duration_ms: number, recorded: boolean } backup
function project:backup() end

---The files in the folder of backups, newest first. The database of a file that moonbird did not make is null.
---```lua
---ctx.project:backup()
---print(#ctx.project:backups().backups)  --> 1
---```
---@return { folder: string?, backups: { name: string, path: string, database: string?, made_at: string, bytes: integer }[] } list
function project:backups() end

---Deletes the backups that moonbird made and that `keep` does not keep. Without names, it deletes nothing and
---returns what it would delete.
---```lua
---ctx.project:backup()
---print(ctx.project:prune_backups("7d").kept)  --> 1
---```
---@param keep? string such as "7d, 4w"; default: the key `keep` of the configuration
---@param names? string[] only these may be deleted
---@return { kept: integer, deleted: table[] } pruned
function project:prune_backups(keep, names) end

---Restores a backup into a database on the server of needs.target. If `file` does not exist, it restores the
---backup whose name in project:backups is `name`; the default of `name` is `file`.
---```lua
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, target = true, project = true },
---  run = function(ctx)
---    local backup = ctx.project:backup()
---    local request = { file = backup.path, database = ctx.project:database().database .. "_copy", dry_run = true }
---    print(ctx.project:restore_backup(request).path == backup.path)  --> true
---  end,
---}
---```
---@param request { file: string, name?: string, database: string, overwrite?: boolean, force?: boolean, no_owner?: boolean, dry_run?: boolean }
---@return { path: string, archive: table, before: table, duration_ms: number } restored before: the database as project:database returns it
function project:restore_backup(request) end

---The database of needs.target, if it may be dropped.
---```lua
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { target = true, project = true },
---  run = function(ctx)
---    local facts = ctx.project:database()
---    print(facts.exists, facts.applied)  --> true 1
---  end,
---}
---```
---@return { database: string, exists: boolean, target: string?, bytes: integer, tables: integer, objects: integer, sessions: integer, applied: integer, oid: string, server: string? } facts
function project:database() end

---Creates the database of needs.target if it does not exist.
---```lua
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { target = true, project = true },
---  run = function(ctx)
---    print(ctx.project:create_database().created)  --> false
---  end,
---}
---```
---@param options? { owner?: string, template?: string }
---@return { database: string, created: boolean } result
function project:create_database(options) end

---Drops the database that project:database returned.
---```lua
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { target = true, project = true },
---  run = function(ctx)
---    local facts = ctx.project:database()
---    print(ctx.project:drop_database(facts).dropped)  --> true
---  end,
---}
---```
---@param facts table
---@param force? boolean end the sessions of others in the database
---@return { database: string, dropped: boolean } result
function project:drop_database(facts, force) end

---Waits until the server of needs.target accepts connections.
---```lua
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { target = true, project = true },
---  run = function(ctx)
---    print(ctx.project:wait_for_server(5).exists)  --> true
---  end,
---}
---```
---@param seconds number how long at most
---@return { exists: boolean, waited_ms: number } answer exists: the server has the database
function project:wait_for_server(seconds) end
