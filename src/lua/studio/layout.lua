-- layout.lua: the page around the parts.

local core = ...
local html = core.require "studio.html"
local h = html.h

local function menu(page)
  local items = {}
  for i, entry in ipairs(page.menu) do
    local current = entry.name == page.name and "page" or entry.name == page.under and "true" or false
    items[i] = h.li { h.a { href = page.url(entry.name, nil), ["aria-current"] = current, entry.title } }
  end
  return h.nav { ["aria-label"] = "Pages", h.ul { items } }
end

-- One environment is shown at a time; without script, the button applies the choice.
local function environments(page)
  if #page.environments == 0 then return false end
  local options, known = {}, false
  for i, name in ipairs(page.environments) do
    known = known or name == page.environment
    options[i] = h.option { value = name, selected = name == page.environment, name }
  end
  if not known then table.insert(options, 1, h.option { value = "", selected = true, page.environment or "none" }) end
  local others = {}
  for key, value in pairs(page.query) do
    if key ~= "environment" then others[#others + 1] = h.input { type = "hidden", name = key, value = value } end
  end
  return h.form { method = "get", action = page.path, class = "environment",
    h.label { ["for"] = "environment", "Environment" },
    h.select { id = "environment", name = "environment", ["data-submit"] = true, options }, others,
    h.button { type = "submit", class = "no-js", "Show" } }
end

return function(page, title, content)
  return html.document(h.html { lang = "en",
    h.head {
      h.meta { charset = "utf-8" },
      h.meta { name = "viewport", content = "width=device-width, initial-scale=1" },
      h.title { title, " · ", page.project, " · moonbird" },
      h.link { rel = "stylesheet", href = "/studio.css" },
      h.script { src = "/studio.js", defer = true },
    },
    h.body { ["data-last"] = page.last or false, -- live events from here on
      h.a { class = "skip", href = "#main", "Skip to the content" },
      h.header {
        h.a { class = "brand", href = page.url("overview"), "moonbird" },
        h.span { class = "project", page.project },
        page.protected and h.span { class = "badge protected", "protected" },
        page.writes and h.span { class = "badge changed", title = "started with --write", "can write" },
        environments(page),
        h.p { id = "state", class = "state", role = "status" },
      },
      menu(page),
      h.main { id = "main", tabindex = "-1", h.h1 { title }, content },
    },
  })
end
