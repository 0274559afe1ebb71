return {
  name    = "version",
  summary = "show the version",

  run = function(ctx)
    local versions = { moonbird = moonbird.version, lua = _VERSION:match "%d[%d.]*" }
    if ctx.out:result(versions) then return end
    ctx.out:text(("moonbird %s (Lua %s)"):format(versions.moonbird, versions.lua))
  end,
}
