local function names_of(losses)
  local names = {}
  for i, loss in ipairs(losses) do names[i] = loss.name end
  return table.concat(names, ", ")
end

return {
  name    = "push",
  summary = "change a development database to the desired schema, without a migration",
  chapter = "schema",
  needs   = { project = true, db = true, write = true },
  options = {
    rename = { arg = "OLD=NEW", list = true, help = "a table or column that is renamed, such as users.mail=email" },
    dry_run = { flag = true, help = "print the statements and change nothing" },
  },

  run = function(ctx, opts)
    ctx.project:allow_push()
    local made = ctx:push_plan { rename = opts.rename }
    if made.statements == 0 then
      return ctx.out:result { statements = 0 } or ctx.out:line("nothing to push: the database has the desired schema")
    end
    if opts.dry_run then return ctx.out:data(made.forward) end
    if #made.losses > 0 then ctx:confirm(("This loses the data of %s. Push?"):format(names_of(made.losses))) end
    ctx:push(made)
    if ctx.out:result { statements = made.statements } then return end
    ctx.out:line("pushed %d statement%s", made.statements, made.statements == 1 and "" or "s")
  end,
}
