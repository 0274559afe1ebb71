-- code: a source, with its line numbers.  `language`: "sql" or "lua".
local core = ...
local h = core.require "studio.html".h
local highlight = core.require "studio.highlight"

return {
  keys = { "language", "copy" },
  render = function(part, text)
    if text == nil or text == moonbird.null or text == "" then return h.p { class = "empty", "Empty." } end
    local lines = {}
    for i, line in ipairs(highlight(text, part.language)) do lines[i] = h.span { class = "line", line, "\n" } end
    return {
      part.copy and h.button { type = "button", class = "copy js", ["data-copy"] = true, "Copy" },
      h.pre { class = "code", tabindex = "0", h.code { lines } },
    }
  end,
}
