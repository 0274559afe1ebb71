-- effects.lua: a command that compares what lint knows of the effects of each form of forms.lua with its fact.
--
-- tests/schema/facts compares the facts with a server.

local forms = require "forms"
local parts = require "parts"
local statements = require "statements"

-- Forms that only the catalog can tell from another one.
local like = {
  ["AlterTable.AddColumn.domain_with_constraint"] = "AlterTable.AddColumn",
  ["AlterTable.SetNotNull.proved"] = "AlterTable.SetNotNull",
  ["AlterTable.SetExpression.virtual"] = "AlterTable.SetExpression",
  ["AlterTable.AlterColumnType.binary_coercible"] = "AlterTable.AlterColumnType",
  ["AlterTable.AlterColumnType.wider"] = "AlterTable.AlterColumnType",
  ["AlterSeq.narrower"] = "AlterSeq",
  ["AlterTable.AlterColumnType.collation"] = "AlterTable.AlterColumnType",
  ["AlterTable.AlterColumnType.collation_indexed"] = "AlterTable.AlterColumnType",
  ["AlterTable.AddConstraint.primary.using_index.not_null"] = "AlterTable.AddConstraint.primary.using_index",
  ["AlterTable.ValidateConstraint.foreign"] = "AlterTable.ValidateConstraint.check",
  ["AlterTable.ValidateConstraint.not_null"] = "AlterTable.ValidateConstraint.check",
  ["AlterTable.DropConstraint.foreign"] = "AlterTable.DropConstraint",
  ["AlterTable.AttachPartition.proved"] = "AlterTable.AttachPartition",
  ["AlterTable.AttachPartition.default"] = "AlterTable.AttachPartition",
  ["Drop.Table.references"] = "Drop.Table",
  ["Drop.Table.partition"] = "Drop.Table",
}

-- Roles whose relation the statement names.
local function names(role, key)
  return role == "referenced" or role == "parent" or role == "partition" or role == "source" and not key:find "^RefreshMatView"
end

-- The statement names the index, not the table that is locked; or it names no relation with a lock.
local function names_table(key)
  return key ~= "View" and not (key:find "^Drop%.Index" or key == "Reindex.Index" or key == "Drop.StatisticExt" or key:find "^AlterDomain"
              or key == "AlterEnum" or key == "DropSubscription" or key:find "^Create%." or key:find "%.MatView$" and key:find "^Create")
end

local function expected(key, fact, form)
  local others = {}
  for role, mode in pairs(fact.others or {}) do
    if names(role, key) and form[role] then others[#others + 1] = ("%s=%s"):format(form[role], mode) end
  end
  table.sort(others)
  return names_table(key) and (form.on or "t") or nil, fact.lock or "", table.concat(others, ",")
end

local function split(message) return message:match "^([^|]*)|([^|]*)|([^|]*)|(.*)$" end

-- nil if lint knows the form as it is; or what it says instead.
local function check(ctx, key, form, version)
  local fact = statements.of(key, version)
  if not fact then return nil end
  local wanted = like[key] or key
  local relation, lock, others = expected(wanted, like[key] and statements.of(wanted, version) or fact, form)
  local said = {}
  for _, finding in ipairs(ctx:lint { text = parts.complete(form[1]), path = "form.sql", version = version }.findings) do
    if finding.rule == "not-parsed" then return nil end
    if finding.rule == "say-effects" then
      local of, on, mode, further = split(finding.message)
      if of == wanted and (not relation or on == relation) and mode == lock and further == others then return nil end
      said[#said + 1] = finding.message
    end
  end
  if like[key] and lock ~= (fact.lock or "") then said[#said + 1] = "the lock of " .. wanted .. " is another one" end
  return ("%s: %s, not %s|%s|%s|%s"):format(key, table.concat(said, "; "), wanted, relation or "", lock, others)
end

return {
  name    = "effects",
  summary = "compare the effects that lint knows with the facts",
  needs   = { project = true },

  run = function(ctx)
    local passed, failed = 0, 0
    for key, form in pairs(forms) do
      for version = 13, 18 do
        local wrong = check(ctx, key, form, version * 10000)
        if wrong then
          failed = failed + 1
          ctx.out:text(("FAILED: %d: %s"):format(version, wrong))
        else
          passed = passed + 1
        end
      end
    end
    ctx.out:text(("%d passed, %d failed"):format(passed, failed))
    return failed > 0 and 1 or 0
  end,
}
