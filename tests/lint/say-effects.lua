-- say-effects.lua: a rule that reports what lint knows of a statement's effects, for effects.lua.

return {
  summary = "the effects of a statement",
  why     = "",
  fix     = "",

  check = function(_, ctx)
    for _, effect in ipairs(ctx.effects) do
      local others = {}
      for i, other in ipairs(effect.others) do others[i] = ("%s=%s"):format(other.relation, other.lock) end
      table.sort(others)
      ctx:report { message = ("%s|%s|%s|%s"):format(effect.key, effect.relation or "", effect.fact.lock or "",
                                                  table.concat(others, ",")) }
    end
  end,
}
