-- lint.lua: checks migrations with the rules.

local core = ...
local changed_since = core.require "lint.git"
local Catalog = core.require "lint.catalog"
local choose = core.require "lint.choice"
local Context = core.require "lint.context"
local Edit = core.require "lint.fix.edit"
local lua_statements = core.require "lint.lua_source"
local rules = core.require "lint.rules"
local sizes = core.require "lint.sizes"
local suppress = core.require "lint.suppress"
local Tables = core.require "lint.schema.tables"

local OLDEST = 130000 -- the server's version, where none is known

local order = { error = 1, warning = 2, note = 3 }

-- The result of a lint, which findings are added to.
local Report = {}
Report.__index = Report

local function finding(rule, message, file, line, column)
  return { rule = rule.id, aliases = rule.aliases, severity = rule.severity, file = file, line = line, column = column,
           message = message }
end

-- The names that others have for a finding.
local function without(aliases, alias)
  local kept = {}
  for _, each in ipairs(aliases) do
    if each ~= alias then kept[#kept + 1] = each end
  end
  return kept
end

-- Adds what a rule reported, unless a comment silences it.
function Report:add(rule, told, comments)
  local comment = suppress.find(comments, told.statement, rule)
  if comment then
    comment.used = true
    if not comment.own or comment.reason ~= "" then return end
  end
  local found = finding(rule, told.message or rule.summary, told.path, told.line, told.column)
  if told.not_as then found.aliases = without(found.aliases, told.not_as) end
  if told.severity and order[told.severity] > order[found.severity] then found.severity = told.severity end
  local size = told.relation and self.sizes and self.sizes[told.relation]
  if self.sizes and told.relation and not size then
    found.severity = "note"
    found.message = ("%s; %s does not exist yet"):format(found.message, told.relation)
  elseif size then
    found.severity = sizes.severity(size, found.severity)
    found.message = ("%s; %s"):format(found.message, sizes.words(told.relation, size))
  end
  found.fix, found.text = told.fix, told.statement
  if self.rewriting and rule.rewrite and told.statement == self.rewriting.statement then found.rewrite = self:rewrite(rule) end
  table.insert(self.findings, found)
end

-- The current statement in the safe form of the rule: { text; later = what runs in a later transaction; ctx, index }; nil if
-- the rule has none for it.
function Report:rewrite(rule)
  local ctx = self.rewriting
  local text, later = rule.rewrite(ctx.statement, ctx, Edit.new(ctx.statement))
  if text == nil then return nil end
  if type(text) ~= "string" or later ~= nil and type(later) ~= "string" then
    core.fail("file", ("\"rewrite\" of the rule %s must return SQL, or nil"):format(rule.id))
  end
  return { text = text, later = later, ctx = ctx, index = ctx.index }
end

local unused = { id = "unused-ignore", aliases = { "unused-ignore" }, severity = "warning" }
local no_reason = { id = "ignore-without-reason", aliases = {}, severity = "error" }
local unparsed = { id = "not-parsed", aliases = {}, severity = "note" }

-- Is a comment about rules that are off?
local function is_off(comment, rules)
  for _, word in ipairs(comment.rules) do
    if not (rules.off and rules.off[word]) then return false end
  end
  return #comment.rules > 0
end

-- A comment for another linter can be about a finding that only that linter has.
function Report:check_comments(comments, path)
  for _, comment in ipairs(comments) do
    local words = table.concat(comment.rules, ", ")
    if comment.own and comment.reason == "" then
      table.insert(self.findings, finding(no_reason, ("the reason is missing: write -- lint: ignore %s REASON"):format(words), path,
                                          comment.line, 1))
    elseif comment.own and not (comment.used or is_off(comment, self.rules)) then
      table.insert(self.findings, finding(unused, ("this comment has no effect, because there is no such finding: %s"):format(words), path, comment.line, 1))
    end
  end
end

function Report:say_unparsed(statement)
  local wrong = statement.parse_error
  local line, column = statement.line + wrong.line - 1, wrong.column
  if wrong.line == 1 then column = column + (statement.column or 1) - 1 end
  local found = finding(unparsed, ("the parser cannot read this statement, so no rule checked it: %s"):format(wrong.message),
                        statement.path, line, column)
  found.text = statement
  table.insert(self.findings, found)
end

-- What these rules find is what a rollback is for: the old names, types and conditions.
local forward_only = { compat = true, type = true }

local function is_for_rollbacks(rule)
  if rule.rollback ~= nil then return rule.rollback end
  return not forward_only[rule.group]
end

-- Calls a function of all rules that have it and are for such a file.
function Report:call(hook, ctx, statement)
  for _, rule in ipairs(self.rules) do
    self.rule = rule
    if rule[hook] and (not ctx.migration.undoes or is_for_rollbacks(rule)) then
      if statement then rule[hook](statement, ctx) else rule[hook](ctx) end
    end
  end
end

-- Is the file run in a transaction, as far as its text says?
local function is_in_transaction(text, lua)
  if lua then return not text:find "%f[%w_]transaction%s*=%s*false%f[^%w_]" end
  return not ("\n" .. text):find "\n%s*%-%-%s*moonbird:[^\n]*%f[%w]transaction=off"
end

-- Says how the file runs: `transaction` is false if each statement is committed, `surrounded` true if another program is known
-- to run the whole file in one transaction.
function Report:say_transaction(migration)
  if migration.transaction == nil then migration.transaction = is_in_transaction(migration.text, migration.lua) end
  if not migration.foreign or migration.lua then return end
  migration.transaction = migration.transaction and self.in_transaction ~= false
                          and not migration.text:find "%-%-%s*squawk%-disable%-assume%-in%-transaction"
  migration.surrounded = migration.transaction and self.in_transaction == true
end

-- Calls the rules for each statement of a migration.
function Report:check(migration)
  self:say_transaction(migration)
  local comments = suppress.read(migration.text)
  local ctx = Context.new(migration, { version = self.version, catalog = self.catalog, tables = self.tables, whole = self.whole,
                                       settings = migration.foreign and {} or self.settings,
                                       report = function(told) self:add(self.rule, told, comments) end })
  suppress.assign(comments, migration.statements)
  for i, statement in ipairs(migration.statements) do
    ctx:enter(i)
    self.rewriting = self.fixes and ctx
    if statement.tree then self:call("check", ctx, statement)
    elseif not migration.lua then self:say_unparsed(statement) end
    ctx:leave()
  end
  self.rewriting = nil
  self:call("finish", ctx)
  for _, statement in ipairs(migration.statements) do statement.tree = nil end
  self.files = self.files + 1
  table.insert(self.paths, migration.path)
  self.statements = self.statements + #migration.statements
  table.insert(self.checked, { ctx = ctx, comments = comments, path = migration.path })
end

-- Records the tables that a migration makes, although it is not checked.
function Report:learn(migration)
  for _, statement in ipairs(migration.statements) do
    self.tables:apply(statement, migration)
    statement.tree = nil
  end
end

-- Gives the rules the facts of the database.  `query`: a function that returns the rows of a statement, with values or
-- their texts.
function Report:use(query)
  self.sizes, self.catalog = sizes.read(query), Catalog.new(query)
end

local function sort(findings)
  for i, found in ipairs(findings) do found.number = i end
  table.sort(findings, function(a, b)
    if a.file ~= b.file then return (a.file or "") < (b.file or "") end
    if a.line ~= b.line then return a.line < b.line end
    if a.column ~= b.column then return a.column < b.column end
    if a.severity ~= b.severity then return order[a.severity] < order[b.severity] end
    return a.number < b.number
  end)
end

-- Calls the rules' `conclude`, after all migrations are checked.
function Report:conclude()
  for _, each in ipairs(self.checked) do
    self:call("conclude", each.ctx)
    self:check_comments(each.comments, each.path)
  end
  self.checked = nil
  sort(self.findings)
  for _, found in ipairs(self.findings) do self.counts[found.severity] = self.counts[found.severity] + 1 end
  return self
end

-- What moonbird sets before it runs a migration.
local function runner_settings(config)
  config = config or {}
  return { lock_timeout = config.lock_timeout or "5s", statement_timeout = config.statement_timeout }
end

-- `version`: of the server; without it that of the database, or of the configuration.  `fixes`: are rewrites wanted?
local function new_report(ctx, version, fixes)
  local on, configured, in_transaction = choose(ctx.config and ctx.config.lint)
  local report = setmetatable({ rules = on, findings = {}, counts = { error = 0, warning = 0, note = 0 }, paths = {}, files = 0, statements = 0, checked = {}, fixes = fixes ~= nil,
                                tables = Tables.new(), whole = true, in_transaction = in_transaction, settings = runner_settings(ctx.config),
                                version = version or ctx.db and ctx.db.server_version or configured or OLDEST }, Report)
  if ctx.db then report:use(function(sql) return (ctx.db:query(sql)) end) end
  return report
end

-- The names of applied migrations, STREAM/NAME.
local function applied(ctx)
  local names = {}
  if not ctx.db then return names end
  local status = ctx.project:status {}
  for _, stream in ipairs { "auto", "manual" } do
    for _, item in ipairs(status[stream]) do names[stream .. "/" .. item.name] = item.state == "applied" or nil end
  end
  return names
end

-- Reads the text of a migration, or takes the new one of `texts`: path → { text, statements }.
local function complete(migration, texts)
  local new = texts and texts[migration.path]
  if new then
    migration.text, migration.statements = new.text, new.statements
    return migration
  end
  migration.text = migration.text or core.read(migration.path)
  if texts then migration.text = migration.text:gsub("\r\n", "\n") end
  if migration.lua then migration.statements = lua_statements(migration.text, migration.path) end
  migration.statements = migration.statements or moonbird.statements(migration.text, migration.path)
  return migration
end

local lint = {}

-- Is the file in one of the project's folders, so that moonbird runs it?
local function is_ours(config, path)
  for _, folder in ipairs { config and config.migrations or "migrations", config and config.manual or "migrations-manual" } do
    if path:sub(1, #folder + 1) == folder .. "/" then return true end
  end
  return false
end

-- Checks the text of one file of SQL, for `version` of the server.
function lint.text(ctx, options, texts)
  local report = new_report(ctx, options.version, texts)
  local migration = { name = options.path, path = options.path, text = options.text, foreign = not is_ours(ctx.config, options.path) }
  report:check(complete(migration, texts))
  return report:conclude()
end

-- Checks migrations that do not exist yet: { title, text }.
local function check_more(report, more)
  for _, each in ipairs(more or {}) do
    report:check(complete { made = true, name = each.title, stream = "auto", path = each.title, text = each.text })
  end
end

-- path → the entry of project:files, with its stream.
local function files_of(ctx)
  local by_path = {}
  for _, stream in ipairs { "auto", "manual" } do
    for _, file in ipairs((ctx.project:files(stream))) do
      file.stream = stream
      by_path[file.path or ""] = file
    end
  end
  return by_path
end

-- The path of the migration that the file rolls back, by their names; nil if it is no rollback.
local function undone_by(path)
  local stem = path:match "^(.*)_rollback%.%a+$" or path:match "^(.*)%.down%.%a+$"
  for _, ending in ipairs(stem and { ".sql", ".lua", ".up.sql" } or {}) do
    if core.exists(stem .. ending) then return stem .. ending end
  end
end

-- The statements of the migration that the file at `path` rolls back, which the report learns; nil if it is no rollback.
local function undone(report, path)
  local up = undone_by(path)
  if not up then return nil end
  local migration = complete { name = up, path = up, lua = up:find "%.lua$" ~= nil }
  report:learn(migration)
  return migration.statements
end

-- Checks files: options.files are their paths.  For a file that moonbird does not run, no settings are assumed.
function lint.files(ctx, options, texts, more)
  local report, known = new_report(ctx, nil, texts), nil
  report.whole = false
  for _, path in ipairs(options.files) do
    local ours = is_ours(ctx.config, path)
    known = known or ours and files_of(ctx)
    local file = ours and known[path]
    report:check(complete({ name = file and file.name or path, stream = file and file.stream, path = path,
                            lua = path:find "%.lua$" ~= nil, foreign = not ours, undoes = undone(report, path) }, texts))
  end
  check_more(report, more)
  return report:conclude()
end

-- Checks the migrations of the project.  options: all (also the applied ones), since (only those after this one), git (only
-- those whose file is not as in this revision).
function lint.migrations(ctx, options, texts, more)
  local report = new_report(ctx, nil, texts)
  local done = options.all and {} or applied(ctx)
  local changed = options.git and changed_since(options.git)
  report.whole = not changed
  local reached = not options.since
  for migration in ctx.project:migrations() do
    local key = migration.stream .. "/" .. migration.name
    complete(migration, texts)
    if reached and not done[key] and (not changed or changed[migration.path]) then report:check(migration)
    else report:learn(migration) end
    reached = reached or migration.name == options.since
  end
  if not reached then core.fail("usage", ("--since: migration \"%s\" does not exist"):format(options.since)) end
  check_more(report, more)
  return report:conclude()
end

-- Checks what the options of Context:lint name.  `texts`: as in complete, and then the findings have what the rules rewrite.
function lint.run(ctx, options, texts, more)
  local check = options.text and lint.text or options.files and #options.files > 0 and lint.files or lint.migrations
  return check(ctx, options, texts, more)
end

-- Checks migrations that are about to run, as `lint` would.  `database`: { version, query = as in sizes.read }, `all`: the
-- iterator of project:migrations, `migrations`: those that run, as they were inspected: { stream, name, text, statements }.
function lint.sources(config, database, all, migrations)
  local report, inspected = new_report({ config = config }, database.version), {}
  report:use(database.query)
  for _, migration in ipairs(migrations) do inspected[migration.stream .. "/" .. migration.name] = migration end
  for migration in all do
    local source = inspected[migration.stream .. "/" .. migration.name]
    if source then migration.text, migration.statements = source.text, source.statements end
    complete(migration)
    if source then report:check(migration) else report:learn(migration) end
  end
  return report:conclude()
end

lint.rules = rules

return lint
