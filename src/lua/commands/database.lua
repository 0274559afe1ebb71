local actions = {}

function actions.create(ctx, opts)
  local made = ctx.project:create_database { owner = opts.owner, template = opts.template }
  if ctx.out:result(made) then return end
  ctx.out:line(made.created and "created %s" or "%s already exists", made.database)
end

local function count(n, what) return ("%d %s%s"):format(n, what, n == 1 and "" or "s") end

local function question(facts)
  return ("Drop database %s with everything in it: %.1f MB, %s, %s?"):format(
    facts.target, facts.bytes / 1e6, count(facts.tables, "table"), count(facts.applied, "migration"))
end

function actions.drop(ctx, opts)
  local facts = ctx.project:database()
  if facts.exists then ctx:confirm(question(facts)) end
  local dropped = ctx.project:drop_database(facts, opts.force)
  if ctx.out:result(dropped) then return end
  ctx.out:line(dropped.dropped and "dropped %s" or "%s does not exist", dropped.database)
end

function actions.wait(ctx, opts)
  local answer = ctx.project:wait_for_server(opts.timeout)
  if ctx.out:result(answer) then return end
  ctx.out:line("the server accepts connections" .. (answer.exists and "" or "; the database does not exist yet"))
end

-- The actions that each option is for.
local only = { owner = "create", template = "create", force = "drop" }

return {
  name    = "database",
  summary = "create or drop the database, or wait until its server accepts connections",
  chapter = "databases",
  needs   = { project = true, target = true },
  args    = { { name = "action", required = true, choice = { "create", "drop", "wait" }, help = "what to do" } },
  options = {
    owner = { arg = "ROLE", help = "with create: the owner of the database" },
    template = { arg = "DATABASE", help = "with create: the database to copy" },
    force = { flag = true, help = "with drop: end the sessions of others in the database" },
    timeout = { arg = "SECONDS", number = true, min = 0, default = 60, help = "with wait: how long to wait" },
  },

  run = function(ctx, opts)
    for option, action in pairs(only) do
      if opts[option] and opts.action ~= action then ctx:usage("--%s is only for %s", option, action) end
    end
    return actions[opts.action](ctx, opts)
  end,
}
