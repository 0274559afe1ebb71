local up_sql = [[
-- moonbird: description=%s
-- More directives, on lines like the one above: transaction=off, lock_timeout=2s, requires=NAME.

]]

local up_lua = [[
return {
  description = "%s",
%s
  up = function(db, ctx)
    error "the migration is not written yet"
  end,

  down = function(db, ctx)
    error "the rollback is not written yet"
  end,
}
]]

-- A manual script often has parameters.
local args_lua = [[
  -- Parameters, for --set KEY=VALUE; ctx.args has their values:
  -- args = { days = { integer = true, min = 1, default = 7, help = "how many days" } },
]]

-- drizzle-kit makes the snapshot of each SQL migration.
local function check_drizzle(ctx, opts, journal, format)
  if opts.lua or opts.manual then return end
  if journal then
    ctx:usage("Drizzle's journal sets the order in this folder, and only Drizzle writes it: "
              .. "use --lua, --manual, or drizzle-kit generate --custom")
  elseif format and format.name == "drizzle" then
    ctx:usage("only Drizzle makes the SQL migrations of this folder, with their snapshots: "
              .. "use --lua, --manual, or drizzle-kit generate --custom")
  end
end

return {
  name    = "new",
  summary = "make a new migration from a template, with its rollback",
  chapter = "migrations",
  needs   = { project = true },
  args    = { { name = "name", required = true, many = true, help = "what the migration does, in a few words" } },
  options = {
    lua    = { flag = true, help = "write it in Lua" },
    manual = { flag = true, help = "make a manual migration" },
  },

  run = function(ctx, opts)
    local _, _, journal, format = ctx.project:files(opts.manual and "manual" or "auto")
    check_drizzle(ctx, opts, journal, format)
    local title = table.concat(opts.name, " ")
    local made
    if opts.lua then
      local text = up_lua:format((title:gsub("[\\\"%c]", " ")), opts.manual and args_lua or "")
      made = ctx:new_migration(title, { manual = opts.manual, suffix = ".lua", up = text })
    else -- down refuses an empty rollback until it is written
      made = ctx:new_migration(title, { manual = opts.manual, suffix = ".sql", up = up_sql:format(ctx:description(title)),
                                        down = "" })
    end
    if ctx.out:result(made) then return end
    for _, file in ipairs(made.files) do ctx.out:text(ctx:path(file)) end
  end,
}
