-- examples.lua: a command that checks each rule with its own examples.

local passed, failed = 0, 0

local out

local function expect(ok, rule, what, sql)
  if ok then
    passed = passed + 1
    return
  end
  failed = failed + 1
  if type(sql) == "table" then sql = sql[1] end
  out:text(("FAILED: %s: %s:\n    %s"):format(rule.id, what, (sql or ""):gsub("\n", "\n    ")))
end

local function finds(ctx, rule, example)
  local path, sql = "example.sql", example
  if type(example) == "table" then path, sql = example.path, example[1] end
  for _, finding in ipairs(ctx:lint { text = sql, path = path, version = rule.version or 170000 }.findings) do
    if finding.rule == rule.id then return true end
  end
  return false
end

-- The text that `lint --fix` makes of a migration; nil and why if it changes nothing.
local function fixed(ctx, rule, example)
  local path = example.foreign and "example.sql" or "migrations/0001_example.sql"
  local result = ctx:lint_fix { text = example[1], path = path, version = rule.version or 170000 }
  if result.files[1] then return result.files[1].text end
  return nil, result.kept[1] and result.kept[1].why or "no rule rewrites it"
end

local function check_rewrites(ctx, rule)
  if not rule.rewrite then return end
  expect(#(rule.rewrites or {}) >= 2, rule, "it needs at least two examples of a rewrite")
  for _, example in ipairs(rule.rewrites or {}) do
    local text, why = fixed(ctx, rule, example)
    expect(text == example[2], rule, "the rewrite is not that of the example", text or why)
    expect(not fixed(ctx, rule, { example[2], foreign = example.foreign }), rule, "a rewrite is rewritten again", example[2])
  end
end

-- A project's rule may have none, for example if it looks at the file's folder.
local function check(ctx, rule)
  if rule.group == "own" and not rule.bad then return end
  expect(#(rule.bad or {}) >= 2, rule, "it needs at least two bad examples")
  expect(#(rule.good or {}) >= 2, rule, "it needs at least two good examples")
  if rule.needs then return end -- transcripts have these
  for _, sql in ipairs(rule.bad or {}) do expect(finds(ctx, rule, sql), rule, "nothing is found in a bad example", sql) end
  for _, sql in ipairs(rule.good or {}) do expect(not finds(ctx, rule, sql), rule, "it is found in a good example", sql) end
end

-- The rules of other linters that are two of ours.
local shared = { E1 = true, E7 = true, E11 = true, ["constraint-missing-not-valid"] = true, ["adding-field-with-default"] = true,
                 ["require-timeout-settings"] = true, add_reference = true, ["prefer-robust-stmts"] = true,
                 change_column_null = true }

-- An alias that two rules have suppresses both.
local function check_aliases(rules)
  local taken = {}
  for _, rule in ipairs(rules) do
    for _, alias in ipairs(rule.aliases) do
      expect(shared[alias] or not taken[alias], rule, ("the alias %s is also one of %s"):format(alias, taken[alias]))
      taken[alias] = rule.id
    end
  end
end

return {
  name    = "examples",
  summary = "check the examples of the lint rules",
  needs   = { project = true },

  run = function(ctx)
    local rules = ctx:lint_rules()
    out = ctx.out
    for _, rule in ipairs(rules) do
      check(ctx, rule)
      check_rewrites(ctx, rule)
    end
    check_aliases(rules)
    ctx.out:text(("%d passed, %d failed"):format(passed, failed))
    return failed > 0 and 1 or 0
  end,
}
