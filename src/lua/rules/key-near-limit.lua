local core = ...
local tree = core.require "lint.tree"

local limits = { smallint = 32767, integer = 2147483647 }
local FULL = 0.7

return {
  id       = "key-near-limit",
  aliases  = { "D13", "sequence-near-limit" },
  group    = "data",
  severity = "warning",
  rollback = false,
  needs    = "database",
  summary  = "the key of a table that the migration changes has used most of its type",
  why      = [[
When the sequence reaches the end of smallint or integer, each INSERT fails, and the change to bigint rewrites the table, and
all tables that reference it, while reads and writes wait.]],
  fix      = [[
Add a bigint column, fill it with a backfill, and put it in the place of the key, before the limit is reached.]],

  check = function(_, ctx)
    for _, effect in ipairs(ctx.effects) do
      local known = effect.relation and ctx:table(effect.relation)
      for column, sequence in tree.sorted(known and known.sequences or {}) do
        local limit, last = limits[sequence.type], tonumber(sequence.last)
        if limit and last and last > FULL * limit and ctx:once(("key-near-limit %s.%s"):format(effect.relation, column)) then
          ctx:report { at = effect.at, fix = "Change the key to bigint, with an expand and contract migration.",
                       message = ("%s of %s has used %d %% of %s"):format(column, effect.relation, last * 100 // limit, sequence.type) }
        end
      end
    end
  end,

  bad = { "ALTER TABLE orders ADD COLUMN note text;", "CREATE INDEX CONCURRENTLY orders_user ON orders (user_id);" },
  good = { "ALTER TABLE young ADD COLUMN note text;", "ALTER TABLE with_bigint ADD COLUMN note text;" },
}
