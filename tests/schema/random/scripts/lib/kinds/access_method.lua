local names = require "names"

return {
  kind = "access method", weight = 1, no_owner = true,
  phrase = function(o) return "ACCESS METHOD " .. names.quote(o.name) end,
  make = function(world) return { name = world:name() } end,
  sql = function(o) return { ("CREATE ACCESS METHOD %s TYPE TABLE HANDLER heap_tableam_handler"):format(names.quote(o.name)) } end,
}
