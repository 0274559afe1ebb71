-- form: runs a command of moonbird, or one in scripts/commands, and shows the run.
--
--   { "form", command = "release", button = "Release", args = { "0007" }, options = { n = 1 },
--     fields = { { "n", "How many", type = "number" }, { "since", "Since", type = "date", value = "2026-01-01" } } }
--
-- A field is an option of the command, a parameter as in --set if its name is "set.NAME", or, with `arg = true`, a word after its name.  Its type is "text",
-- "number", "date", "checkbox" (a flag), or "choice" with its `choices`.  `confirm` is a question that is asked
-- first.  The command line is shown before it runs, and the policies of the environment apply to it as they do at
-- a terminal: a protected environment asks for its name.  Without `command`, a GET form: its fields are the
-- query of this page, which keeps its keys in `keep`.
local core = ...
local h = core.require "studio.html".h

local function input(field, id, value)
  if field.type == "choice" then
    local options = {}
    for i, choice in ipairs(field.choices or {}) do
      options[i] = h.option { value = choice, selected = choice == value, choice == "" and "any" or choice }
    end
    return h.select { id = id, name = field[1], options }
  end
  return h.input {
    id = id, name = field[1], type = field.type or "text", value = value or false,
    checked = field.type == "checkbox" and value == true, required = field.required or false,
    placeholder = field.placeholder or false, ["data-arg"] = field.arg or false,
  }
end

local function fields_of(part, page)
  local list = {}
  for i, field in ipairs(part.fields or {}) do
    local id = ("%s-%s"):format(part.id, field[1])
    local value = field.value
    if value == nil and not part.command then value = page.query[field[1]] end
    list[i] = h.div { class = "field", h.label { ["for"] = id, field[2] or field[1] }, input(field, id, value) }
  end
  return list
end

-- The environment stays the same when a filter is applied.
local function kept(page, fields, keep)
  local named, list = {}, {}
  for _, field in ipairs(fields or {}) do named[field[1]] = true end
  for _, key in ipairs(table.move(keep or {}, 1, #(keep or {}), 4, { "environment", "name", "stream" })) do
    if page.query[key] and not named[key] then
      list[#list + 1] = h.input { type = "hidden", name = key, value = page.query[key] }
    end
  end
  return list
end

return {
  keys = { "command", "args", "options", "fields", "button", "confirm", "danger", "keep" },
  render = function(part, _, page)
    local button = h.button { type = "submit", class = part.danger and "danger" or false, part.button or part.command or "Show" }
    if not part.command then
      return h.form { method = "get", action = page.path, class = "fields", kept(page, part.fields, part.keep), fields_of(part, page), button }
    end
    return h.form {
      class = "fields js", method = "get", action = page.path,
      ["data-protected"] = page.protected and page.environment or false,
      ["data-command"] = moonbird.json.encode {
        command = part.command, args = moonbird.json.array(part.args or {}), options = moonbird.json.object(part.options or {}),
        environment = page.target or moonbird.null, confirm = part.confirm or moonbird.null,
      },
      fields_of(part, page), button,
      h.span { class = "command", h.code { page.command_line(part) }, " ",
        h.button { type = "button", class = "copy", ["data-copy"] = true, "Copy" } },
    }
  end,
}
