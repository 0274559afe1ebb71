-- traced.lua: a command that prints the locks of a rehearsal: the number of the statement, the relation, the mode.

-- "ACCESS EXCLUSIVE" → "AccessExclusiveLock"
local function as_in_pg_locks(mode)
  return (mode:lower():gsub("(%l+)%s*", function(word) return word:sub(1, 1):upper() .. word:sub(2) end)) .. "Lock"
end

return {
  name    = "traced",
  summary = "print the locks of a rehearsal",
  needs   = { project = true, db = true },

  run = function(ctx)
    for i, step in ipairs(ctx:rehearse(ctx.project:plan {})) do
      for _, lock in ipairs(step.statements[1].locks) do
        ctx.out:text(("%d %s %s"):format(i, lock.relation, as_in_pg_locks(lock.mode)))
      end
    end
  end,
}
