-- library.lua: moonbird.test, in the state of one spec file.
--
-- The file declares its tests, and `run` runs them.  `stage` is C: src/binding/command/tests.c.

local stage = ...
local differences = stage.require "test.difference"

-- Loaded by tests of rollbacks only.
local function catalog() return stage.require "test.catalog" end

local t, specs = {}, {}

-- Expectations ---------------------------------------------------------------

local function fail(message, detail)
  error { message = message, detail = detail }
end

-- Compares tables by their contents.
function t.equal(got, wanted, what)
  local list = differences.between(got, wanted)
  if #list == 0 then return end
  local prefix = what and what .. ": " or ""
  if type(got) ~= "table" or type(wanted) ~= "table" then fail(prefix .. list[1]) end
  fail(prefix .. "the tables differ", table.concat(list, "\n"))
end

function t.ok(value, what)
  if not value then fail(what or ("got %s"):format(differences.show(value))) end
end

-- Requires that fn raises an error whose text contains `words`, and returns the error.
function t.raises(fn, words)
  local ok, err = pcall(fn)
  if ok then fail "no error was raised" end
  if words and not tostring(err):find(words, 1, true) then
    fail(("the error does not contain \"%s\""):format(words), tostring(err))
  end
  return err
end

-- Specs ----------------------------------------------------------------------

-- Raises an error for a function that `list` does not have.
local function fail_unknown(what, list, name)
  local names = {}
  for known in pairs(list) do
    if not known:find "^__" then names[#names + 1] = known end
  end
  table.sort(names)
  error { message = ("unknown function \"%s\" of %s"):format(name, what),
          hint = ("Its functions are %s."):format(table.concat(names, ", ")) }
end

local Spec = {}

function Spec:__index(name)
  return Spec[name] or fail_unknown("the migration's test", Spec, name)
end

-- Raises when m is called while a test runs: a declaration would come too late.
local function check_declaring(spec, method, fn)
  if spec.runs then fail(("m:%s must be called while the test is declared, not while it runs"):format(method)) end
  if fn ~= nil and type(fn) ~= "function" then fail(("m:%s needs a function"):format(method)) end
end

function Spec:before(fn)
  check_declaring(self, "before", fn or false)
  self.befores[#self.befores + 1] = fn
end

function Spec:after(fn)
  check_declaring(self, "after", fn or false)
  self.afters[#self.afters + 1] = fn
end

-- Requires that the migration fails with an error whose text contains `words`.
function Spec:fails(words)
  check_declaring(self, "fails")
  if words and type(words) ~= "string" then fail("m:fails needs a part of the error message, not a " .. type(words)) end
  self.failure, self.failure_at = words or "", { stage.place() }
end

-- Requires that the migration calls ctx:skip with a reason that contains `words`.
function Spec:skips(words)
  check_declaring(self, "skips")
  if words and type(words) ~= "string" then fail("m:skips needs a part of the reason, not a " .. type(words)) end
  self.skip, self.skip_at = words or "", { stage.place() }
end

-- `fn` looks at the database after the rollback.
function Spec:rolls_back(fn)
  check_declaring(self, "rolls_back", fn)
  self.rollback, self.rollback_at = fn or function() end, { stage.place() }
end

local option_names = { at = true, args = true, title = true }

local function check_options(options)
  for key in pairs(options) do
    if not option_names[key] then fail(("unknown option \"%s\" of a test"):format(key)) end
  end
end

local function new_spec(name, options, fields)
  check_options(options)
  local file, line = stage.place()
  local spec = setmetatable({ name = name, options = options, file = file, line = line,
                              befores = {}, afters = {}, migration = false, failure = false, skip = false, skipped = false,
                              rollback = false, runs = false }, Spec)
  for key, value in pairs(fields) do spec[key] = value end
  specs[#specs + 1] = spec
  return spec
end

-- t.migration(name [, options], function(m) … end)
function t.migration(name, options, fn)
  if not fn then options, fn = {}, options end
  local title = options.title and name .. ": " .. options.title or name
  fn(new_spec(title, options, { migration = name }))
end

-- t.test(name [, options], function(db) … end): all of the auto stream is applied, or up to `at`.
function t.test(name, options, fn)
  if not fn then options, fn = {}, options end
  new_spec(name, options, {}):after(fn)
end

-- Running --------------------------------------------------------------------

-- A failed part of a spec, as a plain table.  `place` is the line of the spec that declared it.
local function failure(phase, err, place)
  if type(err) ~= "table" then err = { message = tostring(err) } end
  local file, line = err.file, err.line
  if not file and place then file, line = place[1], place[2] end
  return {
    phase = phase, message = err.message, detail = err.detail, hint = err.hint, context = err.context,
    sqlstate = err.sqlstate, file = file, line = line,
  }
end

local function call_each(phase, functions)
  for _, fn in ipairs(functions) do
    local err = stage.call(fn)
    if err then return failure(phase, err) end
  end
end

local function read_catalog()
  local err, found = stage.call(catalog().read)
  if err then error(err) end
  return found
end

local function compare(phase, place, before, now)
  local list = catalog().differences(before, now)
  if #list > 0 then
    return failure(phase, { message = "the catalog differs", detail = table.concat(list, "\n") }, place)
  end
end

local function fails(spec, err, skipped)
  local text = err and tostring(err)
  if text and text:find(spec.failure, 1, true) then return end
  local message = text and ("its error does not contain \"%s\""):format(spec.failure)
    or skipped and "it was skipped, but should have failed"
    or "it was applied, but should have failed"
  return failure("up", { message = message, detail = text or skipped }, spec.failure_at)
end

local function skips(spec, reason)
  if reason and reason:find(spec.skip, 1, true) then return end
  local message = reason and ("the reason for which it was skipped does not contain \"%s\""):format(spec.skip)
    or "it was applied, but should have been skipped"
  return failure("up", { message = message, detail = reason }, spec.skip_at)
end

local function up(spec)
  local err, skipped = stage.up()
  spec.skipped = skipped or false
  if spec.failure then return fails(spec, err, skipped) end
  if err then return failure("up", err, { spec.file, spec.line }) end
  if spec.skip then return skips(spec, skipped) end
  return skipped and failure("up", { message = "it was skipped: " .. skipped, hint = "If it should be, declare m:skips()." },
                             { spec.file, spec.line })
end

-- Rolls the migration back, and applies it again.
local function roll_back(spec, before, after)
  local place = spec.rollback_at
  local err = stage.down()
  if err then return failure("down", err, place) end
  local wrong = compare("down", place, before, read_catalog()) or call_each("down", { spec.rollback })
  if wrong then return wrong end
  err = stage.up()
  if err then return failure("up again", err, place) end
  return compare("up again", place, after, read_catalog())
end

local function try_migration(spec)
  local wrong = call_each("before", spec.befores)
  if wrong then return wrong end
  local err = stage.approach()
  if err then return failure("before", err, { spec.file, spec.line }) end
  local before = spec.rollback and read_catalog()
  wrong = up(spec)
  if wrong then return wrong end
  local after = spec.rollback and read_catalog()
  return call_each("after", spec.afters) or spec.rollback and roll_back(spec, before, after)
end

local function begin_and_try(spec)
  local err = stage.begin(spec.migration or nil, spec.options)
  if err then return failure("start", err, { spec.file, spec.line }) end
  if spec.migration then return try_migration(spec) end
  return call_each("test", spec.afters)
end

-- The reason why the result is wrong, or nil.
local function try(spec)
  spec.runs = true
  local ok, wrong = pcall(begin_and_try, spec)
  return ok and wrong or not ok and failure("test", wrong, { spec.file, spec.line }) or nil
end

-- Returns the results, in order; with `only`, of the tests whose names contain that text.
local function run(only)
  local results = moonbird.json.array()
  for _, spec in ipairs(specs) do
    if not only or spec.name:find(only, 1, true) then
      local since = stage.now()
      local wrong = try(spec)
      results[#results + 1] = {
        name = spec.name, file = spec.file, line = spec.line, ok = not wrong,
        failure = wrong or moonbird.null, skipped = spec.skipped or moonbird.null, duration_ms = math.floor(stage.now() - since + 0.5),
      }
    end
  end
  return results
end

return setmetatable(t, { __index = function(_, name) fail_unknown("moonbird.test", t, name) end }), run
