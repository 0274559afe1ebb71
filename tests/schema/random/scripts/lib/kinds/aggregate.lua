local pick = require "pick"
local names = require "names"
local types = require "types"

local more = { ", SSPACE = 64", ", COMBINEFUNC = %s", ", MSFUNC = %s, MINVFUNC = %s, MSTYPE = %s" }
local of_strings = { ", INITCOND = 'a'", ", MSFUNC = %s, MINVFUNC = %s, MSTYPE = %s, MINITCOND = 'b'" }

return {
  kind = "aggregate", weight = 2, acl = "FUNCTION", in_schema = true,
  phrase = function(o) return ("AGGREGATE %s(%s)"):format(names.of(o), types.sql(o.step.type)) end,
  granted_on = function(o) return ("FUNCTION %s(%s)"):format(names.of(o), types.sql(o.step.type)) end,
  make = function(world)
    return { name = world:name(), step = world:call "step" }
  end,
  change = function(o)
    if pick.chance(50) then o.parallel = pick.maybe(70, pick.one { "SAFE", "RESTRICTED" })
    else o.more = pick.maybe(80, pick.one(types.is_string(o.step.type) and of_strings or more)) end
  end,
  sql = function(o)
    local step, type_ = names.of(o.step), types.sql(o.step.type)
    local last = (o.more or ""):gsub("MSTYPE = %%s", function() return "MSTYPE = " .. type_ end):gsub("%%s", function() return step end)
    return { ("CREATE AGGREGATE %s(%s) (SFUNC = %s, STYPE = %s%s%s)"):format(names.of(o), type_, step, type_,
      o.parallel and ", PARALLEL = " .. o.parallel or "", last) }
  end,
}
