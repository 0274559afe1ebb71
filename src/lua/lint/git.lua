-- git.lua: which files of the project differ from a revision of git.

local core = ...

local function run(...)
  local command = core.git_command()
  table.move({ ... }, 1, select("#", ...), #command + 1, command)
  local status, out, err = core.run_program(command)
  if status ~= 0 then core.fail("failed", "git fails: " .. (err:match "[^\n]+" or ("status %d"):format(status))) end
  return out
end

-- The set of the paths of files that are new or changed since the revision; also files that git does not know yet.
return function(revision)
  local changed = {}
  for _, out in ipairs {
    run("diff", "--name-only", "-z", "--relative", "--no-ext-diff", "--ignore-submodules",
      "--diff-filter=d", "--end-of-options", revision, "--"),
    run("ls-files", "-z", "--others", "--exclude-standard"),
  } do
    for path in out:gmatch "[^\0]+" do changed[path] = true end
  end
  return changed
end
