-- What --json prints.
local function document(made) return { statements = made.statements, hazards = made.hazards } end

local function show(ctx, made)
  local shown = document(made)
  shown.sql = made.forward
  if not ctx.out:result(shown) then ctx.out:data(shown.sql) end
end

return {
  name    = "push",
  summary = "change a development database to the desired schema, without a migration",
  chapter = "schema",
  needs   = { project = true, db = true, write = true },
  options = {
    rename = { arg = "OLD=NEW", list = true, prose = true, help = "the new name of a table or column, such as users.mail=email; at a terminal, moonbird asks about likely renames" },
    no_owner = { flag = true, help = "ignore owners: push does not change them" },
    no_privileges = { flag = true, help = "ignore privileges and default privileges" },
    dry_run = { flag = true, help = "print the statements and change nothing" },
    allow_drop = { arg = "OBJECT", list = true, help = "allow the loss of the data of this table, column or sequence" },
  },

  run = function(ctx, opts)
    ctx.project:allow_push()
    local made = ctx:push_plan { rename = opts.rename, ask = function(old, new) return ctx:ask_renamed(old, new) end,
                                 no_owner = opts.no_owner, no_privileges = opts.no_privileges }
    ctx:say_notes(made)
    if made.statements == 0 then
      if not ctx.out:result(document(made)) then ctx.out:line "nothing to push: the database has the desired schema" end
      return
    end
    if opts.dry_run then return show(ctx, made) end
    for _, hazard in ipairs(made.hazards) do moonbird.log.info("note: %s", hazard.comment) end
    local unnamed, why = ctx:unnamed_losses(made.losses, opts.allow_drop)
    if unnamed then ctx:confirm(("Push would lose data of %s. Continue?"):format(why), ctx:rename_hint(made.likely)) end
    ctx:push(made)
    if ctx.out:result(document(made)) then return end
    ctx.out:line("pushed %d statement%s", made.statements, made.statements == 1 and "" or "s")
  end,
}
