-- console: a field for statements; what the page's function `post` returns is shown below it, with the page's parts.
local core = ...
local h = core.require "studio.html".h

local reads = "SQL or Lua, in a read-only transaction; Ctrl+Enter runs it"
local writes = "SQL or Lua, in a transaction that is committed if all succeeds; Ctrl+Enter runs it"

return {
  keys = { "writes" }, -- can the statements change something?
  render = function(part)
    return {
      h.p { class = "no-js", "The console needs JavaScript." },
      h.form { class = "js", method = "get", ["data-console"] = true,
        h.label { ["for"] = "statements", part.writes and writes or reads },
        h.textarea { id = "statements", name = "text", rows = "8", spellcheck = "false", autocomplete = "off", required = true },
        h.p { class = "actions",
          h.button { type = "submit", value = "run", "Run" }, h.button { type = "submit", value = "explain", "Explain" },
          h.label { h.input { type = "checkbox", name = "analyze" }, " and run it (ANALYZE)" },
          h.button { type = "button", class = "danger", ["data-stop"] = true, disabled = true, "Cancel" },
          h.span { class = "note", role = "status" } } },
      h.div { id = "results" },
    }
  end,
}
