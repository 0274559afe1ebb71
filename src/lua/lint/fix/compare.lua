-- compare.lua: the findings before and after rewrites, { finding, rewrite } each.

local compare = {}

-- What tells findings apart when their lines may have changed.
function compare.key(path, rule, statement) return table.concat({ path, rule, statement.text }, "\0") end

local function count(report)
  local counts = {}
  for _, finding in ipairs(report.findings) do
    local of = finding.file .. "\0" .. finding.rule
    counts[of] = (counts[of] or 0) + 1
  end
  return counts
end

local function texts_of(report)
  local set = {}
  for _, finding in ipairs(report.findings) do
    if finding.text then set[compare.key(finding.file, finding.rule, finding.text)] = true end
  end
  return set
end

-- The texts of the statements that the rewrite makes, a set; it is kept in `fix.made`.
local function made_by(fix)
  if fix.made then return fix.made end
  fix.made = {}
  for _, text in ipairs { fix.rewrite.text, fix.rewrite.later } do
    for _, statement in ipairs(moonbird.statements(text)) do fix.made[statement.text] = true end
  end
  return fix.made
end

-- Did the rewrite make the statement of the finding?
function compare.makes(fix, finding) return finding.text ~= nil and made_by(fix)[finding.text.text] == true end

-- Did the statement that was rewritten to this one have a finding of the same rule?
local function had_it(done, texts, finding)
  for _, fix in ipairs(done) do
    if compare.makes(fix, finding) and texts[compare.key(finding.file, finding.rule, fix.finding.text)] then return true end
  end
  return false
end

-- moonbird continues a file of its own that is no longer one transaction.  In a file that another program runs, an index that
-- is built concurrently must be dropped before the file runs again, but writes go on while it is built.
local function is_price(finding, is_foreign)
  if finding.rule == "not-atomic" then return not is_foreign(finding.file) end
  return finding.rule == "missing-if-exists" and finding.text.concurrently
end

-- The findings that only the new text has, after the rewrites `done`, but for those that are its price.
function compare.brought(before, after, done, is_foreign)
  local had, has, texts, list = count(before), count(after), texts_of(before), {}
  for _, finding in ipairs(after.findings) do
    local of = finding.file .. "\0" .. finding.rule
    local is_new = has[of] > (had[of] or 0) and not (finding.text and texts[compare.key(finding.file, finding.rule, finding.text)])
    if is_new and not had_it(done, texts, finding) and not is_price(finding, is_foreign) then
      list[#list + 1] = finding
    end
  end
  return list
end

return compare
