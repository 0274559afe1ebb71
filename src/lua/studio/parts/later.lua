-- later: the parts of another page, loaded after this one, so that what takes long does not hold it up.
--
--   { "later", title = "Checks", page = "checks", query = { n = 1 }, refresh = true }
--
-- `refresh` loads it again after each run.  Without script, it is a link.
local core = ...
local h = core.require "studio.html".h

return {
  keys = { "page", "query" },
  render = function(part, _, page)
    local address = page.url(part.page, part.query)
    return h.div { ["data-load"] = address, ["data-refresh"] = part.refresh or false, ["aria-busy"] = "true",
      h.p { h.a { class = "no-js", href = address, "Show" }, h.span { class = "js note", "Loading …" } } }
  end,
}
