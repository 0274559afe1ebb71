-- cancel: a button that interrupts a run of the studio, as Ctrl-C does.  `run`: its number.
local core = ...
local h = core.require "studio.html".h

return {
  keys = { "run" },
  render = function(part)
    return h.p { class = "js", h.button { type = "button", class = "danger", ["data-cancel"] = part.run, "Cancel the run" } }
  end,
}
