local core = ...
local cascades = core.require "lint.schema.cascades"
local tree = core.require "lint.tree"

local MOST = 2 -- tables besides that of the DELETE

-- Tables → the targets that were reported: once for all migrations that are checked together.
local told = setmetatable({}, { __mode = "k" })

local function is_told(ctx, target)
  told[ctx.tables] = told[ctx.tables] or {}
  local before = told[ctx.tables][target]
  told[ctx.tables][target] = true
  return before
end

return {
  id       = "cascade-reaches-tables",
  aliases  = { "D12" },
  group    = "data",
  severity = "note",
  rollback = false,
  summary  = "with a new ON DELETE CASCADE, the DELETE of one row deletes rows of three tables or more",
  why      = [[
A DELETE of one row also deletes what references it, and what references that, in one transaction with all its locks. A mistake
loses more than it seems to, and a row with many others behind it takes long.]],
  fix      = [[
Use ON DELETE RESTRICT at one step of the chain, and delete these rows by name.]],

  check = function() end,

  conclude = function(ctx)
    for key in ctx.tables:from(ctx.migration, "foreign") do
      local target = tree.name(key.target)
      local reached = cascades.deletes(key) and cascades.reached(ctx, target) or {}
      if #reached > MOST and not is_told(ctx, target) then
        ctx:report { statement = key.statement, at = key.definition, fix = "ON DELETE RESTRICT",
                     message = ("DELETE of one row of %s also deletes rows of %d tables: %s"):format(
                       target, #reached, table.concat(reached, ", ")) }
      end
    end
  end,

  bad = {
    [[
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users ON DELETE CASCADE);
CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint REFERENCES orders ON DELETE CASCADE);
CREATE TABLE notes (id bigint PRIMARY KEY, item_id bigint REFERENCES items ON DELETE CASCADE);]],
    [[
ALTER TABLE a ADD FOREIGN KEY (u) REFERENCES users ON DELETE CASCADE NOT VALID;
ALTER TABLE b ADD FOREIGN KEY (u) REFERENCES users ON DELETE CASCADE NOT VALID;
ALTER TABLE c ADD FOREIGN KEY (u) REFERENCES public.users ON DELETE CASCADE NOT VALID;]],
  },
  good = {
    [[
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users ON DELETE CASCADE);
CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint REFERENCES orders ON DELETE RESTRICT);
CREATE TABLE notes (id bigint PRIMARY KEY, item_id bigint REFERENCES items ON DELETE CASCADE);]],
    "CREATE TABLE nodes (id bigint PRIMARY KEY, parent bigint REFERENCES nodes ON DELETE CASCADE);",
  },
}
